// Which steps of a page come before a given one, and which do not.

/** All steps of the page in order. */
export function pageSteps(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('lab-step')];
}

/** Whether an element belongs to a step before the given one; false when no step is given or there is none of that name. */
export function isInEarlierStep(element: Element, step: string | undefined): boolean {
  if (step === undefined) return false;
  const steps = pageSteps();
  const own = steps.findIndex((one) => one.contains(element));
  const given = steps.findIndex((one) => one.dataset['step'] === step);
  return own >= 0 && own < given;
}

/** Ids of a step and of all after it. */
export function stepsFrom(step: string): string[] {
  const ids = pageSteps().map((one) => one.dataset['step'] ?? '');
  const at = ids.indexOf(step);
  return at < 0 ? [] : ids.slice(at);
}

/** The block before a given one on the page: the given one answers what that leads to. */
export function blockBefore(block: HTMLElement): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>('lab-run, lab-action')];
  return all[all.indexOf(block) - 1];
}
