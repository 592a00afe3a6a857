// Builds the lab images from a terminal: `node server/machines/podman/build-images.ts [--storage-dir DIR] [IMAGE…]`.
import { parseArgs } from 'node:util';
import { readConfig } from '../../config.ts';
import { LabError } from '../../errors.ts';
import { readHostFacts } from './host-facts.ts';
import { createImageBuilder } from './image-builder.ts';
import { createPodman } from './podman-command.ts';

const { values, positionals } = parseArgs({
  options: { 'storage-dir': { type: 'string' } },
  allowPositionals: true,
});
const { storageDir } = readConfig(
  values['storage-dir'] === undefined ? [] : ['--storage-dir', values['storage-dir']],
  process.env,
);
const { runtime } = await readHostFacts();
const builder = createImageBuilder({ storageDir, podman: createPodman({ storageDir, runtime }) });
const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('stopped by Ctrl-C; the next build cleans up')));

try {
  for (const image of positionals.length > 0 ? positionals : ['os-base', 'workstation']) {
    const startedAt = performance.now();
    let shown = '';
    await builder.prepareImage(
      image,
      ({ step, done, total, secondsLeft }) => {
        if (step === shown) return;
        shown = step;
        process.stdout.write(`[${done + 1}/${total}] ${step}, about ${secondsLeft ?? '?'} s left\n`);
      },
      controller.signal,
    );
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `${image}: ${await builder.reference(image)} (${await builder.imageDigest(image)}), ${seconds} s\n`,
    );
  }
} catch (failure) {
  process.stderr.write(
    `${failure instanceof LabError || failure instanceof Error ? failure.message : String(failure)}\n`,
  );
  process.exitCode = 1;
}
