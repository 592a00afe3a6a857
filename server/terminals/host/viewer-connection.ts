// One page's connection: its requests and frames to the session's terminals, their output and events back.
import { LabError } from '../../errors.ts';
import { closeCode } from '../../protocol/close-codes.ts';
import { decodeClientFrame, encodeFrame, FrameError, type ServerFrame } from '../../protocol/frames.ts';
import { maxInputFrameBytes } from '../../protocol/limits.ts';
import type { Request, ServerEvent } from '../../protocol/messages.ts';
import { parseRequest, RequestError } from '../../protocol/requests.ts';
import type { FramedSocket, FramedSocketListeners } from '../host-protocol/framed-socket.ts';
import { isQueryAnswer } from './query-answers.ts';
import type { SessionTerminals, SessionViewer } from './session-terminals.ts';
import type { Terminal } from './terminal.ts';
import type { Size, Viewer } from './viewers.ts';

export class ViewerConnection implements Viewer, SessionViewer, FramedSocketListeners {
  readonly #socket: FramedSocket;
  readonly #session: SessionTerminals;
  readonly #onGone: () => void;
  readonly #attached = new Set<Terminal>();

  constructor(socket: FramedSocket, session: SessionTerminals, onGone: () => void) {
    this.#socket = socket;
    this.#session = session;
    this.#onGone = onGone;
    session.viewers.add(this);
    socket.listen(this);
  }

  onText(text: string): void {
    this.#guard(() => this.#request(parseRequest(text)));
  }

  onBinary(data: Buffer): void {
    this.#guard(() => this.#frame(data));
  }

  onClose(): void {
    this.#session.viewers.delete(this);
    for (const terminal of this.#attached) terminal.detach(this);
    this.#attached.clear();
    this.#onGone();
  }

  send(frame: ServerFrame): void {
    this.#socket.sendBinary(encodeFrame(frame));
  }

  tell(event: ServerEvent): void {
    this.#socket.sendText(JSON.stringify(event));
  }

  onStalled(): void {
    this.#socket.close(closeCode.tooSlow, 'the page did not acknowledge output in time');
  }

  onExit(terminal: number, exitCode: number): void {
    this.tell({ type: 'exit', terminal, exitCode });
  }

  onSize(terminal: number, size: Size, isYours: boolean): void {
    this.tell({ type: 'size', terminal, ...size, isYours });
  }

  forget(terminal: Terminal): void {
    this.#attached.delete(terminal);
  }

  end(): void {
    this.#socket.close(closeCode.ended, 'the session has ended');
  }

  /** A violation of the protocol ends only this connection; a request that cannot be carried out is reported to the page. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof FrameError || error instanceof RequestError || error instanceof RangeError) {
        this.#socket.close(closeCode.badMessage, error.message);
      } else if (error instanceof LabError) {
        this.tell({ type: 'error', code: error.code, message: error.message });
      } else throw error;
    }
  }

  #request(request: Request): void {
    if (request.type === 'ping') return this.tell({ type: 'pong', id: request.id });
    try {
      this.#terminalRequest(request, this.#session.terminal(request.terminal));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      const block = request.type === 'run' ? { block: request.block } : {};
      this.tell({ type: 'error', code: error.code, message: error.message, terminal: request.terminal, ...block });
    }
  }

  #terminalRequest(request: Exclude<Request, { type: 'ping' }>, terminal: Terminal): void {
    switch (request.type) {
      case 'attach':
        this.#attached.add(terminal);
        return terminal.attach(this, { columns: request.columns, rows: request.rows }, request);
      case 'detach':
        this.#attached.delete(terminal);
        return terminal.detach(this);
      case 'resize':
        return terminal.resize(this, { columns: request.columns, rows: request.rows });
      case 'run':
        this.#session.lastActivityAt = performance.now();
        terminal.use(this);
        return terminal.run(request.block, request.command, request);
      case 'interrupt':
        this.#session.lastActivityAt = performance.now();
        terminal.use(this);
        return terminal.interrupt();
    }
  }

  #frame(data: Buffer): void {
    if (data.length > maxInputFrameBytes) {
      throw new FrameError(`found a frame of ${data.length} bytes, expected at most ${maxInputFrameBytes}`);
    }
    const frame = decodeClientFrame(data);
    const terminal = this.#session.terminal(frame.terminal);
    if (frame.type === 'acknowledge') return terminal.acknowledge(this, frame.offset);
    // What a terminal answers by itself, such as the cursor's position or the focus, does not count as use.
    if (!isQueryAnswer(frame.bytes)) this.#session.lastActivityAt = performance.now();
    terminal.input(this, frame.bytes);
  }
}
