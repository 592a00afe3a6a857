// The graphical console's tab with a substitute for the machine's VNC server: picture, keys, leaving, reconnecting.
import { AxeBuilder } from '@axe-core/playwright';
import { typedInGuest } from './support/american-guest.ts';
import { machinePath } from './support/fixture-site.ts';
import { colours } from './support/picture-colours.ts';
import { expect, test } from './support/test.ts';
import { VncPicture } from './support/vnc-picture.ts';

const enter = 0xff0d;

test('shows the picture when the tab is opened, and not before', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port);
  const scripts: string[] = [];
  page.on('request', (request) => scripts.push(request.url()));
  await reader.startLab(picture.url, machinePath);
  expect(scripts.filter((url) => /screen-client/.test(url))).toEqual([]);
  expect(picture.connections).toBe(0);
  await page.getByRole('tab', { name: 'Screen' }).click();
  const canvas = page.locator('.lab-screen canvas');
  await expect(canvas).toHaveAttribute('aria-label', /^Screen of desktop\./);
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  const [place, shown] = [await page.locator('.screen-place').boundingBox(), await canvas.boundingBox()];
  expect(shown?.width).toBeLessThanOrEqual(place?.width ?? 0);
  expect(shown?.width).toBeGreaterThan((place?.width ?? 0) * 0.7);
  const { violations } = await new AxeBuilder({ page }).include('.lab-screen').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.screenshot({ path: 'test-results/machine-screen.png' });
});

test('keys go to the machine, and the focus can leave', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port);
  await reader.startLab(picture.url, machinePath);
  const tab = page.getByRole('tab', { name: 'Screen' });
  await tab.click();
  const isInScreen = () => page.evaluate(() => document.activeElement?.closest('.lab-screen') !== null);
  await expect.poll(isInScreen).toBe(true);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect.poll(() => picture.keysDown).toEqual([enter, 0xff09]);
  expect(await isInScreen()).toBe(true);
  await page.keyboard.press('Control+Alt+ArrowLeft');
  await expect.poll(isInScreen).toBe(false);
  // Ctrl and Alt are not left pressed in the machine.
  await expect.poll(() => picture.held.size).toBe(0);
  await page.keyboard.press('Control+Alt+ArrowRight');
  await expect.poll(isInScreen).toBe(true);
  await page.keyboard.press('Shift+F6');
  await expect.poll(isInScreen).toBe(false);
});

/** Keys of a German keyboard, in the order in which they are pressed: what they mean, where they are, and what is held. */
const germanKeys = [
  ['t', 'KeyT'],
  ['-', 'Slash'],
  ['y', 'KeyZ'],
  ['Z', 'KeyY', 'Shift'],
  ['/', 'Digit7', 'Shift'],
  ['=', 'Digit0', 'Shift'],
  ['_', 'Slash', 'Shift'],
  ['#', 'Backslash'],
  ['[', 'Digit8', 'AltGraph'],
  ['@', 'KeyQ', 'AltGraph'],
  ['|', 'IntlBackslash', 'AltGraph'],
  ['1', 'Digit1'],
] as const;

test('characters typed on a German keyboard arrive as intended', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port);
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('tab', { name: 'Screen' }).click();
  const canvas = page.locator('.lab-screen canvas');
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  const hit = (type: 'keydown' | 'keyup', key: string, code: string, held?: string) =>
    canvas.dispatchEvent(type, { key, code, shiftKey: held === 'Shift', modifierAltGraph: held === 'AltGraph' });
  for (const [key, code, held] of germanKeys) {
    const heldCode = held === 'Shift' ? 'ShiftLeft' : 'AltRight';
    if (held !== undefined) await hit('keydown', held, heldCode, held);
    await hit('keydown', key, code, held);
    await hit('keyup', key, code, held);
    if (held !== undefined) await hit('keyup', held, heldCode);
  }
  await expect.poll(() => typedInGuest(picture.places)).toBe(germanKeys.map(([key]) => key).join(''));
  expect(picture.held.size).toBe(0);
  // An American keyboard has no ß: another character in its place would be worse than none.
  await hit('keydown', 'ß', 'Minus');
  await hit('keyup', 'ß', 'Minus');
  await expect(page.locator('.screen-foot')).toContainText('Not typed: “ß”');
  expect(typedInGuest(picture.places)).toHaveLength(germanKeys.length);
});

test('stays connected behind another tab, and reconnects after a loss', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port);
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('tab', { name: 'Screen' }).click();
  const canvas = page.locator('.lab-screen canvas');
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  await page.getByRole('tab', { name: 'desktop, serial console' }).click();
  await reader.seesPrompt();
  await page.getByRole('tab', { name: 'Screen' }).click();
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  expect(picture.connections).toBe(1);
  picture.hangUp();
  await expect.poll(() => picture.connections).toBe(2);
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
});

test('a machine that is off has no picture, and says so', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port);
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('button', { name: 'Pull the plug' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pull the plug' }).click();
  await page.getByRole('tab', { name: 'Screen' }).click();
  await expect(page.locator('.lab-screen')).toContainText('The machine is off.');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect.poll(() => page.locator('.lab-screen canvas').evaluate(colours)).toBeGreaterThan(1);
});

for (const [width, height] of [
  [1280, 720],
  [390, 844],
] as const) {
  test(`a large picture can be read at ${width} px, and can be seen whole`, async ({ reader, server, page }) => {
    await using picture = await VncPicture.before(server.port, { width: 1280, height: 800 });
    await reader.open(picture.url, machinePath);
    await page.setViewportSize({ width, height });
    if (width < 1100) await reader.button('Open').click();
    await reader.button('Start the lab').click();
    await reader.seesPrompt();
    await page.getByRole('tab', { name: 'Screen' }).click();
    const canvas = page.locator('.lab-screen canvas');
    await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
    // The letters of a console are 16 px high.
    const letters = () =>
      canvas.evaluate((element) => (element.getBoundingClientRect().width / (element as HTMLCanvasElement).width) * 16);
    await expect.poll(letters).toBeGreaterThanOrEqual(12);
    const box = page.getByRole('group', { name: 'The screen at its own size: scroll with the arrow keys.' });
    await box.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => box.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    expect(picture.keysDown).toEqual([]);
    const { violations } = await new AxeBuilder({ page }).include('.lab-screen').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.screenshot({ path: `test-results/machine-screen-large-${width}.png` });
    await reader.button('Whole screen').click();
    const isWhole = () =>
      canvas.evaluate(
        (element) => element.getBoundingClientRect().width <= (element.closest('.screen-place')?.clientWidth ?? 0),
      );
    await expect.poll(isWhole).toBe(true);
    await reader.button('Readable size').click();
    await expect.poll(letters).toBeGreaterThanOrEqual(12);
  });
}

test('a picture of 640 × 480 is shown whole', async ({ reader, server, page }) => {
  await using picture = await VncPicture.before(server.port, { width: 640, height: 480 });
  await page.setViewportSize({ width: 1280, height: 720 });
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('tab', { name: 'Screen' }).click();
  const canvas = page.locator('.lab-screen canvas');
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  await expect(canvas).toBeInViewport({ ratio: 1 });
  expect((await canvas.boundingBox())?.width).toBeGreaterThan(500);
  await expect(page.getByText('The screen is larger than this')).toBeHidden();
});

test('a large picture says that there is more of it, and begins where something is', async ({
  reader,
  server,
  page,
}) => {
  const from = { left: 420, top: 250 };
  await using picture = await VncPicture.before(server.port, { width: 1280, height: 800, from });
  await page.setViewportSize({ width: 1280, height: 720 });
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('tab', { name: 'Screen' }).click();
  await expect(page.getByText('The screen is larger than this: scroll for the rest.')).toBeVisible();
  const box = page.getByRole('group', { name: 'The screen at its own size: scroll with the arrow keys.' });
  await expect.poll(() => box.evaluate(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop])).toEqual([408, 238]);
  await expect(box).toHaveAttribute('data-more-left');
  await expect(box).toHaveAttribute('data-more-right');
  await page.screenshot({ path: 'test-results/machine-screen-from.png' });
  // What the reader scrolls to stays.
  await box.evaluate((element) => element.scrollTo(0, 0));
  await expect(box).not.toHaveAttribute('data-more-left');
  await reader.button('Whole screen').click();
  await reader.button('Readable size').click();
  await expect.poll(() => box.evaluate(({ scrollLeft }) => scrollLeft)).toBe(408);
});

test('the picture of a machine that is switched off is dimmed, with a line that says so', async ({
  reader,
  server,
  page,
}) => {
  await using picture = await VncPicture.before(server.port);
  await reader.startLab(picture.url, machinePath);
  await page.getByRole('tab', { name: 'Screen' }).click();
  const canvas = page.locator('.lab-screen canvas');
  await expect.poll(() => canvas.evaluate(colours)).toBeGreaterThan(1);
  const line = page.getByText('The machine is off. Its screen comes back when the machine starts.');
  await expect(line).toBeHidden();
  await page.getByRole('button', { name: 'Pull the plug' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pull the plug' }).click();
  await expect(page.locator('.lab-screen')).toHaveAttribute('data-screen', 'off');
  await expect(line).toBeInViewport({ ratio: 1 });
  await expect(canvas).toHaveCSS('opacity', '0.35');
});
