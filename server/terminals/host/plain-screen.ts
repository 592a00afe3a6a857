// A screen without colours and marks: what a viewer gets when the real one is too long for a message. Text and cursor only.
import type { IBuffer, Terminal } from '@xterm/headless';

/** @returns at most four bytes a cell: 400 KB for the largest screen, 800 KB with the one behind it */
export function serializePlainly({ buffer, rows }: Pick<Terminal, 'buffer' | 'rows'>): string {
  const normal = plainBuffer(buffer.normal, rows);
  return buffer.active.type === 'normal' ? normal : `${normal}\x1b[?1049h\x1b[H${plainBuffer(buffer.alternate, rows)}`;
}

function plainBuffer(buffer: IBuffer, rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => plainLine(buffer, buffer.baseY + row));
  return `${lines.join('\r\n')}\x1b[${buffer.cursorY + 1};${buffer.cursorX + 1}H`;
}

function plainLine(buffer: IBuffer, at: number): string {
  const line = buffer.getLine(at);
  let text = '';
  for (let column = 0; column < (line?.length ?? 0); column++) {
    const cell = line?.getCell(column);
    // The second half of a wide character has no width of its own.
    if (cell === undefined || cell.getWidth() === 0) continue;
    text += String.fromCodePoint(cell.getChars().codePointAt(0) ?? 0x20);
  }
  return text.trimEnd();
}
