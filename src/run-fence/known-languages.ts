// Languages that a fence may name. A page that shows another format adds a grammar here first: no code is shown without colours.
import { sysusers, tmpfiles } from '../grammars/grammars.ts';

/** Own grammars, for formats that Shiki does not know. */
export const ownGrammars = [sysusers, tmpfiles];

/** Names that pages use in addition to Shiki's own. */
export const languageAliases: Record<string, string> = {
  containerfile: 'docker',
  kargs: 'toml',
  // For what is typed into a machine as keys, which is in no language.
  keys: 'text',
  'os-release': 'dotenv',
};

const shikiLanguages = [
  'bash',
  'sh',
  'shellsession',
  'console',
  'dockerfile',
  'docker',
  'yaml',
  'toml',
  'ini',
  'systemd',
];
const moreLanguages = [
  'json',
  'jsonc',
  'python',
  'ts',
  'html',
  'css',
  'diff',
  'http',
  'md',
  'mdx',
  'ssh-config',
  'text',
  'txt',
];

export const knownLanguages: ReadonlySet<string> = new Set([
  ...shikiLanguages,
  ...moreLanguages,
  ...Object.keys(languageAliases),
  ...ownGrammars.map((grammar) => grammar.name),
]);
