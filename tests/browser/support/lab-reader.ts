// What a reader does with a lesson page, in the page's own terms. Waits by polling, never by sleeping.
import { expect, type Locator, type Page } from '@playwright/test';
import { fixturePath } from './fixture-site.ts';

interface PanelElement extends HTMLElement {
  screenText: string | undefined;
}

export class LabReader {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get panel(): Locator {
    return this.page.locator('lab-panel');
  }

  get terminal(): Locator {
    return this.page.locator('.lab-terminal:not([hidden]) .xterm');
  }

  block(id: string): Locator {
    return this.page.locator(`lab-run[data-block$="#${id}"]`);
  }

  get check(): Locator {
    return this.page.locator('lab-check').first();
  }

  button(name: string): Locator {
    return this.panel.getByRole('button', { name, exact: true });
  }

  async open(base: string, path = fixturePath): Promise<void> {
    await this.page.goto(base + path);
    await expect(this.panel).not.toHaveAttribute('data-phase', 'looking');
  }

  async phaseIs(phase: string): Promise<void> {
    await expect(this.panel).toHaveAttribute('data-phase', phase);
  }

  /** Opens the page, starts the lab, waits for the prompt. */
  async startLab(base: string, path = fixturePath): Promise<void> {
    await this.open(base, path);
    await this.button('Start the lab').click();
    await this.phaseIs('ready');
    await this.seesPrompt();
  }

  async seesPrompt(): Promise<void> {
    await this.sees(/[$#>] ?$/);
  }

  async screen(): Promise<string> {
    return this.page.evaluate(() => document.querySelector<PanelElement>('lab-panel')?.screenText ?? '');
  }

  async sees(pattern: RegExp, timeout = 15_000): Promise<void> {
    await expect.poll(() => this.screen(), { timeout }).toMatch(pattern);
  }

  async seesNot(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.screen()).not.toMatch(pattern);
  }

  /** Types as a person would, then presses Enter. */
  async types(command: string): Promise<void> {
    await this.terminal.locator('textarea').focus();
    await this.page.keyboard.type(command);
    await this.page.keyboard.press('Enter');
  }

  async runs(id: string): Promise<void> {
    await this.block(id).locator('[data-run]').click();
  }

  async blockSays(id: string, words: RegExp, timeout = 15_000): Promise<void> {
    await expect(this.block(id).locator('[data-state]')).toHaveText(words, { timeout });
  }

  async focusIsInTerminal(): Promise<boolean> {
    return this.page.evaluate(() => document.activeElement?.closest('.lab-terminal') !== null);
  }
}
