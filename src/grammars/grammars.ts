// TextMate grammars for formats of systemd that Shiki does not know. Colours come from the theme by the scopes' names.

const comment = { name: 'comment.line.number-sign', match: '^\\s*#.*$' };
const string = { name: 'string.quoted.double', begin: '"', end: '"' };
const specifier = { name: 'constant.character.escape', match: '%[a-zA-Z%]' };

/** sysusers.d(5): `u name id "description" home shell`, one item a line. */
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

/** tmpfiles.d(5): `type path mode user group age argument`, one item a line. */
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
