// The script of every page that has the navigation: marks what the reader has done.
import { markNavigation } from './mark-navigation.ts';

markNavigation(new AbortController().signal);
