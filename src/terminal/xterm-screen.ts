// Sets up xterm.js with its addons. The only file that loads the library: imported when a lab starts.
import { ClipboardAddon } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { refuseCostly } from '../../server/protocol/csi-bounds.ts';
import { boundMarks, type UnicodeProvider } from '../../server/protocol/mark-bounds.ts';
import { scrollbackFor } from '../../server/protocol/screen-bounds.ts';
import { copyText } from './clipboard.ts';
import type { TerminalSettings } from './terminal-settings.ts';
import { terminalTheme } from './terminal-themes.ts';

export interface XtermScreen {
  terminal: Terminal;
  fit: FitAddon;
  search: SearchAddon;
}

const fontFamily = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace';

/** Makes a terminal inside `place`. Loads its font first, because cells are measured only once. */
export async function openXterm(place: HTMLElement, settings: TerminalSettings, label: string): Promise<XtermScreen> {
  await document.fonts.load(`${settings.fontSize}px ${fontFamily}`);
  const columns = 80;
  const terminal = new Terminal({
    cols: columns,
    fontFamily,
    fontSize: settings.fontSize,
    // 24 lines fit a window of 720 px below a machine's header: GRUB draws its menu for as many.
    lineHeight: 1.15,
    scrollback: scrollbackFor(columns),
    screenReaderMode: settings.isScreenReader,
    theme: terminalTheme(settings.theme, isPageDark()),
    // Whatever a program draws must be readable, whatever background it assumes.
    minimumContrastRatio: 4.5,
    cursorBlink: false,
    // The API for the width of characters (unicode.activeVersion) is still marked as proposed.
    allowProposedApi: true,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  boundScreen(terminal);
  terminal.loadAddon(new WebLinksAddon((_event, uri) => openLink(uri)));
  // Programs may put text on the clipboard (OSC 52) but never read it.
  terminal.loadAddon(
    new ClipboardAddon(undefined, {
      readText: () => '',
      writeText: async (_kind, text) => void (await copyText(text)),
    }),
  );
  terminal.open(place);
  terminal.textarea?.setAttribute('aria-label', label);
  // xterm draws no cursor before the first focus or the first change of the screen's buffer, but readers look before they type.
  terminal.write('\x1b[?1049h\x1b[?1049l');
  useFastRenderer(terminal);
  return { terminal, fit, search };
}

/** As in the server's copy of the screen: both must agree on how wide a character is, and neither may be held up. */
function boundScreen(terminal: Terminal): void {
  const { unicode } = terminal;
  const register = (provider: UnicodeProvider) => unicode.register(boundMarks(provider));
  new Unicode11Addon().activate({ unicode: { register } } as unknown as Terminal);
  unicode.activeVersion = '11-bounded';
  refuseCostly(terminal.parser);
}

export function isPageDark(): boolean {
  return document.documentElement.dataset['theme'] === 'dark';
}

// Software that emulates graphics hardware: drawing with it takes processor time and is slower than plain elements.
const emulated = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function useFastRenderer(terminal: Terminal): void {
  const probe = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (probe === null) return;
  const info = probe.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(probe.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER));
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  if (emulated.test(renderer)) return;
  const webgl = new WebglAddon();
  // The browser has taken the context away: xterm goes on with elements.
  webgl.onContextLoss(() => webgl.dispose());
  terminal.loadAddon(webgl);
}

function openLink(uri: string): void {
  const { protocol } = new URL(uri);
  if (protocol === 'http:' || protocol === 'https:') window.open(uri, '_blank', 'noopener,noreferrer');
}
