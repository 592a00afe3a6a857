// The layer rules: content → src → server/protocol ← server → labs; inside server http → sessions → terminals → machines.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'A circle has no order in which it can be read.',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'site-knows-protocol-only',
      comment: 'The site speaks with the server by its protocol; lab files are read by their schema and hash.',
      severity: 'error',
      from: { path: '^(src|content)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(server/(?!protocol/)|setup/|tests/|bench/)' },
    },
    {
      name: 'server-knows-no-site',
      comment: 'The server serves built pages; it never imports what makes them.',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^(src|content|setup|tests|bench)/', pathNot: '^tests/support/' },
    },
    {
      name: 'no-test-support-in-the-product',
      severity: 'error',
      from: { path: '^(server|src|labs|setup)/', pathNot: ['[.]test[.]ts$', '^setup/(test|check)'] },
      to: { path: '^tests/(support|protocol|machines|browser)/' },
    },
    {
      name: 'protocol-is-alone',
      comment: 'Page and server share it: it may need nothing else but the schema library.',
      severity: 'error',
      from: { path: '^server/protocol/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: ['^server/protocol/', '^node_modules/zod/'] },
    },
    {
      name: 'labs-are-data',
      comment: 'The schema and the readers of lab files know no server and no site.',
      severity: 'error',
      from: { path: '^labs/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(server/(?!errors|protocol)|src|content|setup|tests|bench)' },
    },
    {
      name: 'machines-at-the-bottom',
      severity: 'error',
      from: { path: '^server/machines/' },
      to: { path: '^server/(http|sessions|terminals)/' },
    },
    {
      name: 'terminals-above-machines',
      severity: 'error',
      from: { path: '^server/terminals/' },
      to: { path: '^server/(http|sessions)/' },
    },
    {
      name: 'sessions-above-terminals',
      severity: 'error',
      from: { path: '^server/sessions/' },
      to: { path: '^server/http/' },
    },
    {
      name: 'engine-by-its-contract',
      comment:
        'What starts a sandbox is one folder; outside it only the contract and the choice of the engine are known.',
      severity: 'error',
      from: { path: '^server/(http|sessions|terminals)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^server/machines/', pathNot: '^server/machines/engine[.]ts$' },
    },
    {
      name: 'no-missing-module',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(astro:|virtual:)' },
    },
    {
      name: 'no-test-library-in-the-server',
      comment: 'The site is bundled at build time, where every library is there; the server runs with its own alone.',
      severity: 'error',
      from: { path: '^(server|labs)/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|[.]astro|node_modules/[.]astro)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
