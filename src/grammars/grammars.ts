// TextMate grammars for systemd formats that Shiki does not know. The theme assigns colours by the names of the scopes.

const comment = { name: 'comment.line.number-sign', match: '^\\s*#.*$' };
const string = { name: 'string.quoted.double', begin: '"', end: '"' };
const specifier = { name: 'constant.character.escape', match: '%[a-zA-Z%]' };

/** sysusers.d(5): `u name id "description" home shell`, one entry per line. */
export const sysusers = {
  name: 'sysusers',
  scopeName: 'source.sysusers',
  patterns: [
    comment,
    {
      match: '^\\s*([ugmr]!?)\\s+([^\\s"]+)(?:\\s+([^\\s"]+))?',
      captures: {
        1: { name: 'keyword.control' },
        2: { name: 'entity.name.function' },
        3: { name: 'constant.numeric' },
      },
    },
    string,
    specifier,
    { name: 'string.unquoted', match: '(?<=\\s)/[^\\s]*' },
  ],
};

/** tmpfiles.d(5): `type path mode user group age argument`, one entry per line. */
export const tmpfiles = {
  name: 'tmpfiles',
  scopeName: 'source.tmpfiles',
  patterns: [
    comment,
    {
      match: '^\\s*([a-zA-Z][+!\\-=~^$?]*)\\s+([^\\s"]+)(?:\\s+([0-7~:]+|-))?(?:\\s+([^\\s"]+))?(?:\\s+([^\\s"]+))?',
      captures: {
        1: { name: 'keyword.control' },
        2: { name: 'string.unquoted' },
        3: { name: 'constant.numeric' },
        4: { name: 'entity.name.function' },
        5: { name: 'entity.name.function' },
      },
    },
    string,
    specifier,
  ],
};
