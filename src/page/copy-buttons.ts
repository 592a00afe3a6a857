// The *Copy* buttons of code blocks. They copy what is shown, without the dim prompts.
import { pageTexts } from './page-texts.ts';

/** How long the button says that it has copied: long enough to be read. */
const noticeMs = 2_000;

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('[data-copy]') : null;
  if (button) void copyBlock(button);
});

async function copyBlock(button: HTMLButtonElement): Promise<void> {
  const lines = [...(button.closest('.fence')?.querySelectorAll('.ec-line .code') ?? [])];
  await copyText(lines.map((line) => (line.textContent ?? '').replace(/\n$/, '')).join('\n'));
  if (button.dataset['copied'] !== undefined) return;
  const label = button.textContent;
  button.dataset['copied'] = '';
  button.textContent = pageTexts()['fence.copied'] ?? label;
  setTimeout(() => {
    button.textContent = label;
    delete button.dataset['copied'];
  }, noticeMs);
}

/** The clipboard API exists on https and localhost only; a server reached by its name over http has the old way. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
