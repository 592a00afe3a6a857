// The site's build: Starlight with our look, our fences and our parts of a page. Reads as a list.
// @ts-check
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import linksValidator from 'starlight-links-validator';
import { compressSite } from './src/compressed-site/compress-site.ts';
import { expressiveCode } from './src/run-fence/expressive-code.ts';
import { sidebar } from './src/navigation/sidebar.ts';
import { checkTexts } from './src/text-check/check-texts.ts';

/** @param {string} name */
const override = (name) => `./src/components/overrides/${name}.astro`;

export default defineConfig({
  // Pages in content/docs/ and not in src/: only with srcDir '.' does Starlight translate its own texts for them.
  srcDir: '.',
  // Everything is a file of its own: the server's Content-Security-Policy allows next to nothing inline.
  build: { inlineStylesheets: 'never' },
  vite: { build: { assetsInlineLimit: 0 } },
  devToolbar: { enabled: false },
  integrations: [
    checkTexts(),
    starlight({
      title: 'EU OS Labs',
      description:
        'Learn to build and run EU OS, a Linux desktop for public administrations, on real machines beside the text.',
      favicon: '/favicon.svg',
      credits: false,
      pagefind: true,
      // The page is content/docs/404.md like any other; Starlight's own route would be a second one.
      disable404Route: true,
      markdown: { headingLinks: false },
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
      customCss: ['./src/styles/site.css'],
      routeMiddleware: './src/navigation/route-data.ts',
      sidebar: sidebar(),
      expressiveCode,
      plugins: [linksValidator({ errorOnRelativeLinks: false })],
      components: {
        ContentPanel: override('ContentPanel'),
        Footer: override('Footer'),
        Head: override('Head'),
        Header: override('Header'),
        Hero: override('Hero'),
        MarkdownContent: override('MarkdownContent'),
        PageFrame: override('PageFrame'),
        PageTitle: override('PageTitle'),
        Search: override('Search'),
        Sidebar: override('Sidebar'),
        SiteTitle: override('SiteTitle'),
        SkipLink: override('SkipLink'),
        ThemeProvider: override('ThemeProvider'),
        ThemeSelect: override('ThemeSelect'),
        TwoColumnContent: override('TwoColumnContent'),
      },
    }),
    // Last: it compresses what the others have written.
    compressSite(),
  ],
});
