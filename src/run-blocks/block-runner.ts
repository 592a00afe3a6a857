// Gets one run block typed: starts the lab if necessary, chooses the terminal, waits for the answer whether the shell took the block.
import type { BlockRun } from '../../server/protocol/messages.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { BlockHindrance } from './block-words.ts';
import { takesInput } from './machine-hindrance.ts';
import { terminalsFor } from './terminal-choice.ts';

export interface BlockCommand {
  block: string;
  machine: string;
  command: string;
  /** The command is typed as keys at the console, to answer a question. */
  isKeys?: boolean;
  /** For keys: the question to which the previous block leads. They are typed only where it has been asked. */
  question?: string | undefined;
  /** The text whose appearance ends the block. */
  until?: string | undefined;
  /** Seconds within which that must appear. */
  withinSeconds?: number;
}

// The server answers in milliseconds; the loss of a connection may take this long to show.
const answerWithinMs = 5_000;
// An image that is being built may take minutes; a reader who clicked Run an hour ago has moved on.
const labWithinMs = 30 * 60_000;

/**
 * Types a block's command, if possible. Starts the lab if it has not been started.
 * @param onWait called when the lab has to be waited for
 * @returns the run as the server first reports it, or what prevents it.
 */
export async function typeBlock(
  session: LabSession,
  block: BlockCommand,
  onWait: () => void,
): Promise<BlockRun | BlockHindrance> {
  const hindrance = await makeReady(session, onWait);
  if (hindrance !== undefined) return hindrance;
  const machine = session.view?.machines.find(({ name }) => name === block.machine);
  if (!takesInput(machine?.vm, block.isKeys === true)) return 'busy';
  const terminals = terminalsFor(block.machine, session.terminals, session.blocks(), session.activeTerminal);
  if (terminals.length === 0) return openAndType(session, block);
  let hindered: BlockHindrance = 'busy';
  for (const terminal of terminals) {
    const answer = await typeInto(session, terminal, block);
    // Another terminal of the machine may be free, or may be asking the question.
    if (answer === 'noQuestion') hindered = answer;
    else if (answer !== 'busy') return answer;
  }
  return hindered;
}

/** What a refusal by the server means for a block; other refusals are shown as such. */
const hindrances: Readonly<Record<string, BlockHindrance>> = {
  LAB_ERR_BUSY: 'busy',
  LAB_ERR_NO_QUESTION: 'noQuestion',
};

/** Waits until a run has ended; undefined when the lab is reset or the signal aborts first. */
export function whenDone(session: LabSession, block: string, signal: AbortSignal): Promise<BlockRun | undefined> {
  return new Promise((resolve) => {
    const life = new AbortController();
    const finish = (run: BlockRun | undefined) => {
      life.abort();
      resolve(run);
    };
    const all = AbortSignal.any([signal, life.signal]);
    signal.addEventListener('abort', () => finish(undefined), { signal: life.signal });
    session.on('block', (run) => run.block === block && run.state === 'done' && finish(run), all);
    session.on('cleared', () => finish(undefined), all);
    const run = session.block(block);
    if (run?.state === 'done') finish(run);
  });
}

/**
 * Waits for the lab, and starts it if necessary.
 * @returns what prevents it; undefined when terminals can be used.
 */
export async function makeReady(session: LabSession, onWait: () => void): Promise<BlockHindrance | undefined> {
  const { name } = session.phase;
  if (name === 'ready' || name === 'expiring') return undefined;
  if (name === 'disconnected') return 'disconnected';
  if (name === 'absent' || name === 'no-engine') return 'noLab';
  onWait();
  if (
    name === 'not-started' ||
    name === 'ended' ||
    name === 'failed' ||
    (name === 'preparing' && session.view === undefined)
  )
    await session.start();
  try {
    await session.whenReady(AbortSignal.timeout(labWithinMs));
    return undefined;
  } catch (error) {
    // The panel says why; the block says that it was not typed.
    console.debug('the lab did not become ready', error);
    return 'noLab';
  }
}

async function openAndType(session: LabSession, block: BlockCommand): Promise<BlockRun | BlockHindrance> {
  if (!(session.view?.machines ?? []).some((machine) => machine.name === block.machine)) return 'noTerminal';
  try {
    const terminal = await session.openTerminal(block.machine);
    return terminal === undefined ? 'noTerminal' : await typeInto(session, terminal, block);
  } catch (error) {
    console.debug('no terminal could be opened', error);
    return 'noTerminal';
  }
}

function typeInto(
  session: LabSession,
  terminal: number,
  { block, command, isKeys, question, until, withinSeconds }: BlockCommand,
): Promise<BlockRun | BlockHindrance> {
  return new Promise((resolve) => {
    const life = new AbortController();
    const finish = (answer: BlockRun | BlockHindrance) => {
      life.abort();
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => finish('disconnected'), answerWithinMs);
    session.on('block', (run) => run.block === block && run.terminal === terminal && finish(run), life.signal);
    session.on(
      'refused',
      (refusal) => refusal.block === block && finish(hindrances[refusal.code] ?? 'refused'),
      life.signal,
    );
    const how = {
      ...(isKeys === true ? { keys: true } : {}),
      ...(isKeys !== true || question === undefined ? {} : { question }),
      ...(until === undefined ? {} : { until }),
      ...(until === undefined || withinSeconds === undefined ? {} : { withinSeconds }),
    };
    if (!session.send({ type: 'run', terminal, block, command, ...how })) return finish('disconnected');
    session.show(terminal);
  });
}
