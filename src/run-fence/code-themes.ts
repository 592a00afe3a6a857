// Colours of highlighted code, light and dark. Values are the same as in src/styles/tokens.css where both have one; each has
// at least 4.5:1 on its background (code-themes.test.ts).

interface Palette {
  ground: string;
  ink: string;
  comment: string;
  keyword: string;
  string: string;
  number: string;
  name: string;
}

const light: Palette = {
  ground: '#f3f3ef',
  ink: '#151d33',
  comment: '#5b657c',
  keyword: '#1f3fa6',
  string: '#0a654a',
  number: '#8a4b00',
  name: '#6a2c84',
};

const dark: Palette = {
  ground: '#151b2c',
  ink: '#e7ebf5',
  comment: '#98a3bd',
  keyword: '#a5b9ff',
  string: '#7fdcb6',
  number: '#ffcf7d',
  name: '#dcb3f0',
};

function makeTheme(type: 'light' | 'dark', palette: Palette) {
  const scope = (scopes: string[], foreground: string, fontStyle?: string) => ({
    scope: scopes,
    settings: { foreground, ...(fontStyle === undefined ? {} : { fontStyle }) },
  });
  return {
    name: `eu-os-${type}`,
    type,
    colors: {
      'editor.background': palette.ground,
      'editor.foreground': palette.ink,
      'editor.selectionBackground': '#ffcc3366',
    },
    settings: [
      { settings: { foreground: palette.ink, background: palette.ground } },
      scope(['comment', 'punctuation.definition.comment'], palette.comment),
      scope(
        ['keyword', 'storage', 'entity.name.tag', 'keyword.other.special-method', 'markup.heading'],
        palette.keyword,
      ),
      scope(['keyword.operator', 'punctuation'], palette.ink),
      scope(['string', 'markup.inserted'], palette.string),
      scope(['constant', 'constant.character.escape', 'variable.other.normal.shell', 'markup.deleted'], palette.number),
      scope(
        ['entity.name.section', 'support.type.property-name', 'entity.name.function', 'entity.other.attribute-name'],
        palette.name,
      ),
      scope(
        ['entity.name.function.call.shell', 'entity.name.command.shell', 'support.function.builtin.shell'],
        palette.ink,
      ),
      scope(['string.unquoted.argument.shell', 'constant.other.option', 'string.unquoted.plain.out.yaml'], palette.ink),
    ],
  };
}

export const palettes = { light, dark };
export const codeThemes = [makeTheme('dark', dark), makeTheme('light', light)];
