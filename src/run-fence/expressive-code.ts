// Expressive Code as this site uses it: our frame instead of its own, our colours, our grammars.
import process from 'node:process';
import type { StarlightExpressiveCodeOptions } from '@astrojs/starlight/expressive-code';
import { ExpressiveCodeTheme } from 'astro-expressive-code';
import { codeThemes } from './code-themes.ts';
import { languageAliases, ownGrammars } from './known-languages.ts';
import { runFencePlugin } from './run-fence-plugin.ts';

export const expressiveCode: StarlightExpressiveCodeOptions = {
  themes: codeThemes.map((theme) => new ExpressiveCodeTheme(theme)),
  useStarlightUiThemeColors: false,
  // Our colours already have enough contrast, which code-themes.test.ts measures: they are not adjusted.
  minSyntaxHighlightingColorContrast: 0,
  // runFencePlugin's frame replaces the one with title bar and icons.
  frames: false,
  // Beside an open lab the text is about 60 characters wide: readers read a wrapped line, but do not scroll a long one.
  defaultProps: { wrap: true, hangingIndent: 2 },
  plugins: [runFencePlugin(process.cwd())],
  shiki: { langs: ownGrammars, langAlias: languageAliases },
  styleOverrides: {
    borderWidth: '0',
    borderRadius: '0',
    codeFontFamily: 'var(--font-code)',
    codeFontSize: 'var(--code-size)',
    codeLineHeight: '1.65',
    codePaddingBlock: '0.75rem',
    codePaddingInline: '0.875rem',
    focusBorder: 'var(--accent)',
  },
};
