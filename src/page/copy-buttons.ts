// The *Copy* buttons of code blocks. They copy what is shown, without the dim prompts, and say whether that worked.
import { copyText } from '../terminal/clipboard.ts';
import { nameButton } from './button-name.ts';
import { pageTexts } from './page-texts.ts';

/** How long the button shows that the text was copied: long enough to be read. */
const noticeMs = 2_000;
/** A screen reader may not announce that a button's name has changed, so one live line does so for all buttons. */
const told = Object.assign(document.createElement('p'), { className: 'sr-only' });
told.setAttribute('role', 'status');
document.body.append(told);

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('[data-copy]') : null;
  if (button) void copyBlock(button);
});

async function copyBlock(button: HTMLButtonElement): Promise<void> {
  const lines = [...(button.closest('.fence')?.querySelectorAll('.ec-line .code') ?? [])];
  const isCopied = await copyText(lines.map((line) => (line.textContent ?? '').replace(/\n$/, '')).join('\n'));
  if (button.dataset['copied'] !== undefined) return;
  const label = button.textContent ?? '';
  const words = pageTexts()[isCopied ? 'fence.copied' : 'fence.notCopied'] ?? label;
  button.dataset['copied'] = '';
  nameButton(button, words);
  told.textContent = words;
  setTimeout(() => {
    nameButton(button, label);
    told.textContent = '';
    delete button.dataset['copied'];
  }, noticeMs);
}
