// The *Copy* buttons of code blocks. They copy what is shown, without the dim prompts.
import { pageTexts } from './page-texts.ts';

/** How long the button says that it has copied: long enough to be read. */
const noticeMs = 2_000;

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('[data-copy]') : null;
  const block = button?.closest('.fence');
  if (!button || !block) return;
  const lines = [...block.querySelectorAll('.ec-line .code')].map((line) => (line.textContent ?? '').replace(/\n$/, ''));
  await copyText(lines.join('\n'));
  const label = button.textContent;
  if (button.dataset.copied !== undefined) return;
  button.dataset.copied = '';
  button.textContent = pageTexts()['fence.copied'] ?? label;
  setTimeout(() => {
    button.textContent = label;
    delete button.dataset.copied;
  }, noticeMs);
});

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
