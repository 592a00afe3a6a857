// Each way into a lesson: opened cold, from another one, with and without a saved state.
import { describe, expect, test } from 'vitest';
import { doorwaySay, isFromElsewhere, lessonStart, stepStart } from './doorway.ts';

const lab = { states: ['encrypt/tpm2', 'encrypt/tpm2#pin'] };
const lesson = 'encrypt/tpm2';

describe('the start of a lesson', () => {
  test('for the first lesson of a chapter it is the lab’s beginning', () =>
    expect(lessonStart(undefined, lab)).toEqual({ isMissing: false }));
  test('a saved state if there is one', () =>
    expect(lessonStart(lesson, lab)).toEqual({ from: lesson, isMissing: false }));
  test('the beginning if there is no state', () =>
    expect(lessonStart('encrypt/fido2', lab)).toEqual({ isMissing: true }));
  test('nothing is known about the lab yet', () => expect(lessonStart(lesson, undefined)).toEqual({ isMissing: true }));
});

describe('the start of a step', () => {
  test('its own state', () =>
    expect(stepStart('encrypt/tpm2#pin', false, lesson, lab)).toEqual({ canReset: true, from: 'encrypt/tpm2#pin' }));
  test('none without a state', () =>
    expect(stepStart('encrypt/tpm2#no', false, lesson, lab)).toEqual({ canReset: false }));
  test('the first step begins where its lesson begins', () =>
    expect(stepStart('encrypt/tpm2#one', true, lesson, lab)).toEqual({ canReset: true, from: lesson }));
  test('the first step of the first lesson begins at the lab’s beginning', () =>
    expect(stepStart('encrypt/a#one', true, undefined, lab)).toEqual({ canReset: true }));
  test('none for the first step of a lesson whose start is missing', () =>
    expect(stepStart('encrypt/b#one', true, 'encrypt/b', lab)).toEqual({ canReset: false }));
  test('none before the lab is known', () =>
    expect(stepStart('encrypt/tpm2#pin', false, lesson, undefined)).toEqual({ canReset: false }));
  test('none for a step that names no state', () =>
    expect(stepStart(undefined, true, lesson, lab)).toEqual({ canReset: false }));
});

describe('a lab that runs', () => {
  test('from this lesson or a step of it', () => {
    expect(isFromElsewhere({ from: lesson }, lesson, lesson)).toBe(false);
    expect(isFromElsewhere({ from: 'encrypt/tpm2#pin' }, lesson, lesson)).toBe(false);
    expect(isFromElsewhere({}, 'encrypt/a', undefined)).toBe(false);
    // A lesson may say that it starts as another one does.
    expect(isFromElsewhere({ from: 'encrypt/tpm2' }, 'encrypt/b', 'encrypt/tpm2')).toBe(false);
  });
  test('from another lesson', () => {
    expect(isFromElsewhere({}, lesson, lesson)).toBe(true);
    expect(isFromElsewhere({ from: 'encrypt/fido2' }, lesson, lesson)).toBe(true);
    expect(isFromElsewhere({ from: 'encrypt/tpm2' }, 'encrypt/a', undefined)).toBe(true);
  });
  test('is offered the lesson’s own start until the reader keeps it as it is', () => {
    const start = lessonStart(lesson, lab);
    expect(doorwaySay({}, lesson, start, lesson, false)).toBe('elsewhere');
    expect(doorwaySay({}, lesson, start, lesson, true)).toBeUndefined();
    expect(doorwaySay({ from: lesson }, lesson, start, lesson, false)).toBeUndefined();
  });
  test('says that the start is missing', () =>
    expect(doorwaySay({}, 'encrypt/b', lessonStart('encrypt/b', lab), 'encrypt/b', false)).toBe('missing'));
});
