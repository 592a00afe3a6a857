// How a terminal looks: the reader's settings and the page's theme, now and after each change. Another file handles its size.
import { onTerminalSettings, terminalSettings } from './terminal-settings.ts';
import { setOption } from './terminal-size.ts';
import { terminalTheme } from './terminal-themes.ts';
import { isPageDark, type XtermScreen } from './xterm-screen.ts';

/** @param changed called because the size of the type may have changed */
export function followLook(
  { terminal }: Pick<XtermScreen, 'terminal'>,
  place: HTMLElement,
  changed: () => void,
  signal: AbortSignal,
): void {
  const paintPanel = () => {
    // The tab and the margins have the terminal's background, whatever the reader chose.
    const { background, foreground } = terminal.options.theme ?? {};
    const style = place.closest<HTMLElement>('lab-panel')?.style;
    style?.setProperty('--lab-terminal-ground', background ?? '');
    style?.setProperty('--lab-terminal-ink', foreground ?? '');
  };
  const apply = () => {
    const { theme, isScreenReader } = terminalSettings();
    terminal.options.theme = terminalTheme(theme, isPageDark());
    paintPanel();
    setOption(terminal.options, 'screenReaderMode', isScreenReader);
    changed();
  };
  onTerminalSettings(apply, signal);
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  signal.addEventListener('abort', () => observer.disconnect());
  paintPanel();
}
