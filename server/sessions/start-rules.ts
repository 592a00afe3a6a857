// Conditions for starting a session: not too many of its reader and address, room in the queue, an existing state.
import { LabError } from '../errors.ts';
import type { Lab } from '../../labs/read-lab.ts';
import type { LabReadiness } from './lab-readiness.ts';
import type { Entry, SessionBook } from './session-book.ts';
import { isAlive, isSeated } from './session-record.ts';

export interface StartRuleOptions {
  book: SessionBook;
  readiness: LabReadiness;
  seats: number;
  sessionsPerReader: number;
  sessionsPerAddress: number;
  queuePlaces: number;
}

export class StartRules {
  readonly #options: StartRuleOptions;

  constructor(options: StartRuleOptions) {
    this.#options = options;
  }

  /** @param own the reader's live sessions. @throws {LabError} LAB_ERR_TOO_MANY when the reader has as many as allowed */
  requireFewer(own: readonly Entry[]): void {
    if (own.length < this.#options.sessionsPerReader) return;
    const names = own.map((entry) => entry.lab.file.title).join(', ');
    throw new LabError('LAB_ERR_TOO_MANY', `you have ${own.length} labs running (${names}); end one of them first`);
  }

  /** @throws {LabError} LAB_ERR_TOO_MANY when the address has its share or the queue is full */
  requireRoom(address: string | undefined): void {
    const { sessionsPerAddress, queuePlaces, seats } = this.#options;
    const alive = this.#options.book.all().filter(({ record }) => isAlive(record));
    const ofAddress = alive.filter((entry) => address !== undefined && entry.address === address).length;
    if (ofAddress >= sessionsPerAddress) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `${ofAddress} labs are running or waiting for your address, expected at most ${sessionsPerAddress}; ` +
          'end one, try again later, or ask the operator for more (--sessions-per-address)',
      );
    }
    const waiting = alive.filter(({ record }) => !isSeated(record)).length;
    if (waiting >= queuePlaces) {
      throw new LabError(
        'LAB_ERR_TOO_MANY',
        `all ${seats} seats are taken and ${waiting} readers are already waiting; try again in a few minutes`,
      );
    }
  }

  /** @throws {LabError} LAB_ERR_NO_STATE; not while the lab is being prepared, when its states are unknown. */
  async requireState(lab: Lab, from: string): Promise<void> {
    if (!this.#options.readiness.isReady(lab.id)) return;
    const states = await this.#options.readiness.readStates(lab);
    if (states.includes(from)) return;
    const expected = states.length === 0 ? 'there are none yet' : `expected one of: ${states.join(', ')}`;
    throw new LabError('LAB_ERR_NO_STATE', `lab ${lab.id} cannot be started from "${from}" now; ${expected}`);
  }
}
