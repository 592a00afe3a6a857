// The Expressive Code plugin that gives every code block our frame and turns fences with `run` or `put` into run blocks.
import { definePlugin, type ExpressiveCodeBlock, type ExpressiveCodePlugin } from '@expressive-code/core';
import { addClassName } from '@expressive-code/core/hast';
import { commandLines } from './command-lines.ts';
import { plainFrame, runFrame, scrollerName } from './fence-markup.ts';
import { fenceTexts } from './fence-texts.ts';
import { knownLanguages } from './known-languages.ts';
import { readLessonPage, type LessonPage } from './lesson-page.ts';
import type { PageFence } from './page-fences.ts';
import { resolveRunFence, type RunFence } from './run-fence.ts';
import { keepWordsWhole } from './whole-words.ts';
import { RunFenceError, type FencePlace } from './run-fence-error.ts';

/**
 * @param root the project's folder; pages are named relative to it.
 * @throws {RunFenceError} while a page is built, for every mistake in a fence.
 */
export function runFencePlugin(root: string): ExpressiveCodePlugin {
  const found = new WeakMap<ExpressiveCodeBlock, RunFence>();
  const starts = new WeakMap<ExpressiveCodeBlock, Set<number>>();
  // How often a fence with the same text has occurred on its page. A page may be built twice, so this is taken modulo the page's fences.
  const met = new Map<string, number>();

  return definePlugin({
    name: 'run-fence',
    hooks: {
      preprocessLanguage: ({ codeBlock }) => {
        const { place } = locate(root, codeBlock, met, false);
        if (codeBlock.language !== '' && !knownLanguages.has(codeBlock.language)) {
          const valid = [...knownLanguages].toSorted().join(', ');
          throw new RunFenceError(
            place,
            `found the language ${JSON.stringify(codeBlock.language)}, expected one of: ${valid}`,
          );
        }
      },
      preprocessCode: ({ codeBlock }) => {
        const { page, place, ordinal } = locate(root, codeBlock, met, true);
        const { code, meta, language } = codeBlock;
        const fence = resolveRunFence(root, page, { code, meta, language }, place, ordinal);
        if (!fence) return;
        found.set(codeBlock, fence);
        if (fence.code !== codeBlock.code) replaceCode(codeBlock, fence.code);
        if (fence.run && fence.run.put === undefined && !fence.run.keys)
          starts.set(codeBlock, commandLines(fence.code));
      },
      postprocessRenderedLine: ({ codeBlock, lineIndex, renderData }) => {
        keepWordsWhole(renderData.lineAst);
        if (starts.get(codeBlock)?.has(lineIndex)) addClassName(renderData.lineAst, 'command');
      },
      postprocessRenderedBlock: ({ codeBlock, renderData, locale }) => {
        // A long line makes the block scroll, which must be possible by keyboard. Expressive Code's script removes the tab
        // stop where nothing scrolls; by default it would make each block a landmark without a name.
        const fence = found.get(codeBlock);
        const texts = fenceTexts.get(locale);
        const { properties } = renderData.blockAst;
        properties['tabindex'] = '0';
        properties['role'] = 'group';
        properties['aria-label'] = scrollerName(codeBlock.code, texts);
        const title = codeBlock.metaOptions.getString('title') ?? fence?.shownFile;
        renderData.blockAst = fence?.run
          ? runFrame(renderData.blockAst, { code: codeBlock.code, run: fence.run }, texts)
          : plainFrame(renderData.blockAst, codeBlock.code, title, texts);
      },
    },
  });
}

function replaceCode(codeBlock: ExpressiveCodeBlock, code: string): void {
  const lines = codeBlock.getLines().map((_, index) => index);
  if (lines.length > 0) codeBlock.deleteLines(lines);
  codeBlock.insertLines(0, code.split('\n'));
}

/** Finds page, line and ordinal of a block. Blocks that a component makes outside a page have no page to name. */
function locate(root: string, codeBlock: ExpressiveCodeBlock, met: Map<string, number>, isCounted: boolean) {
  const source = codeBlock.parentDocument?.sourceFilePath;
  if (!source) return { page: { file: 'code block', slug: '', fences: [] }, place: { file: 'code block' }, ordinal: 1 };
  const page = readLessonPage(root, source);
  const same = sameFences(page, codeBlock);
  const key = [source, codeBlock.language, codeBlock.meta, codeBlock.code].join('\0');
  const before = met.get(key) ?? 0;
  if (isCounted) met.set(key, before + 1);
  const index = same.length > 0 ? before % same.length : 0;
  const place: FencePlace = { file: page.file, line: same[index]?.line };
  return { page, place, ordinal: index + 1 };
}

function sameFences(page: LessonPage, codeBlock: ExpressiveCodeBlock): PageFence[] {
  const isSame = (fence: PageFence) => fence.language === codeBlock.language && fence.meta === codeBlock.meta.trim();
  const candidates = page.fences.filter(isSame);
  const exact = candidates.filter((fence) => fence.code.trimEnd() === codeBlock.code.trimEnd());
  return exact.length > 0 ? exact : candidates;
}
