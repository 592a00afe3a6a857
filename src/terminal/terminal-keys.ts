// Key combinations that belong to the page and not to the program: leave, enter, copy, paste, find, run. Pure.

/** `stay`: a shortcut of the page that does nothing here. The program must not get what is left of it as typed letters. */
export type TerminalChord = 'leave' | 'stay' | 'copy' | 'paste' | 'find';

/** What a key means in a terminal whose shell has ended. */
export type EndedKey = 'again' | 'move-on' | 'rest';

/** Nothing reads keys any more: Enter requests a new shell, Tab belongs to the page again, and the rest (scrolling) to the screen. */
export function endedKey({ key, ctrlKey, altKey, metaKey }: Chord): EndedKey {
  if (ctrlKey || altKey || metaKey) return 'rest';
  if (key === 'Tab') return 'move-on';
  return key === 'Enter' ? 'again' : 'rest';
}

/** The part of a KeyboardEvent that matters. */
export type Chord = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>;

/** What a key means to the page; undefined: it belongs to the program in the terminal. */
export function terminalChord(event: Chord): TerminalChord | undefined {
  const { ctrlKey, shiftKey, altKey, metaKey } = event;
  if (metaKey) return undefined;
  // Two ways out: some desktops take Ctrl Alt Left for themselves.
  if (ctrlKey && altKey && !shiftKey && event.key === 'ArrowLeft') return 'leave';
  if (shiftKey && !ctrlKey && !altKey && event.key === 'F6') return 'leave';
  // The way in, pressed inside: the focus is here already.
  if (ctrlKey && altKey && event.key === 'ArrowRight') return 'stay';
  // Runs the next block, but only from the text.
  if (altKey && !ctrlKey && !shiftKey && event.code === 'KeyR') return 'stay';
  if (!ctrlKey || altKey) return undefined;
  // By letter, as in every program.
  if (!shiftKey) return event.key.toLowerCase() === 'v' ? 'paste' : undefined;
  // By position and not by letter, so that it works on every layout.
  switch (event.code) {
    case 'KeyC':
      return 'copy';
    case 'KeyV':
      return 'paste';
    case 'KeyF':
      return 'find';
    default:
      return undefined;
  }
}
