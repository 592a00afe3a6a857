// What a guest with an American keyboard reads from the key positions that QEMU passes to it. Knows a PC's scan codes.

/** Scan codes 0x02 to 0x35, row by row, as an American keyboard reads them; blanks are keys that write nothing. */
const rows: readonly [first: number, plain: string, shifted: string][] = [
  [0x02, '1234567890-=', '!@#$%^&*()_+'],
  [0x10, 'qwertyuiop[]', 'QWERTYUIOP{}'],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [0x39, ' ', ' '],
];
const shifts = new Set([0x2a, 0x36]);
/** Control and Alt on both sides: with one of them a key is a shortcut. */
const others = new Set([0x1d, 0x9d, 0x38, 0xb8]);

/** The text in the guest; a shortcut is shown as `<key>`. */
export function typedInGuest(places: readonly { scanCode: number; isDown: boolean }[]): string {
  const down = new Set<number>();
  let typed = '';
  for (const { scanCode, isDown } of places) {
    if (isDown) down.add(scanCode);
    else down.delete(scanCode);
    const row = rows.find(([first, plain]) => scanCode >= first && scanCode < first + plain.length);
    if (row === undefined || !isDown) continue;
    const [first, plain, shifted] = row;
    const sign = ([...down].some((key) => shifts.has(key)) ? shifted : plain)[scanCode - first] ?? '';
    typed += [...down].some((key) => others.has(key)) ? `<${sign}>` : sign;
  }
  return typed;
}
