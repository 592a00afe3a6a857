// A substitute for a machine's screen: as much of a VNC server (RFB 3.8, RFC 6143) as is needed to show one picture and
// receive keys. It is between page and lab server, takes the screen's connections for itself, and lets all others through.
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** Pixels. */
export interface PictureSize {
  width: number;
  height: number;
  /** Black to the left of this, and above it. Absent: the picture begins at its edge. */
  from?: { left: number; top: number };
}

const small: PictureSize = { width: 320, height: 200 };
/** Length of each message of a client; messages with a list contain their own. */
const fixedLengths: Record<number, number> = { 0: 20, 3: 10, 4: 8, 5: 6, 255: 12 };
/** QEMU's own encoding, by which both sides agree to send the position of a key with its meaning. */
const extendedKeys = -258;

export class VncPicture implements AsyncDisposable {
  /** How often a page has connected. */
  connections = 0;
  /** X11 numbers of the keys that were pressed, in order. */
  readonly keysDown: number[] = [];
  /** Positions of the keys that were pressed and released, as a PC keyboard's scan codes: all that QEMU passes to its guest. */
  readonly places: { scanCode: number; isDown: boolean }[] = [];
  /** Keys that are pressed now. */
  readonly held = new Set<number>();
  readonly #serverPort: number;
  readonly #size: PictureSize;
  readonly #screens = new WebSocketServer({ noServer: true });
  readonly #http = createHttpServer();
  readonly #door = createServer((near) => near.once('data', (first) => this.#lead(near, first)));
  readonly #sockets = new Set<Socket>();
  #screen: WebSocket | undefined;

  private constructor(serverPort: number, size: PictureSize) {
    this.#size = size;
    this.#serverPort = serverPort;
    this.#http.on('upgrade', (request, socket, head) =>
      this.#screens.handleUpgrade(request, socket, head, (screen) => this.#join(screen)),
    );
  }

  static async before(serverPort: number, size = small): Promise<VncPicture> {
    const picture = new VncPicture(serverPort, size);
    await new Promise<void>((resolve) => picture.#door.listen(0, '127.0.0.1', resolve));
    return picture;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`;
  }

  /** Breaks the connections, as when the machine's QEMU is restarted. */
  hangUp(): void {
    this.#screen?.close(1001, 'gone');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#door.close(() => resolve()));
  }

  /** A browser's WebSocket has a connection of its own, whose first line says where it goes. */
  #lead(near: Socket, first: Buffer): void {
    this.#keep(near);
    if (/^GET \S+\/screen HTTP/.test(first.toString('latin1'))) {
      near.unshift(first);
      this.#http.emit('connection', near);
      return;
    }
    const far = connect(this.#serverPort, '127.0.0.1');
    this.#keep(far);
    far.write(first);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #join(screen: WebSocket): void {
    this.connections += 1;
    this.#screen = screen;
    let waiting: Buffer = Buffer.alloc(0);
    // Version, security type and "shared" come first, each once.
    const greetings = [
      { length: 12, answer: Buffer.from([1, 1]) },
      { length: 1, answer: Buffer.alloc(4) },
      { length: 1, answer: serverInit(this.#size) },
    ];
    screen.on('message', (message: Buffer) => {
      waiting = Buffer.concat([waiting, message]);
      while (greetings[0] !== undefined && waiting.length >= greetings[0].length) {
        const { length, answer } = greetings.shift() ?? { length: 0, answer: Buffer.alloc(0) };
        waiting = waiting.subarray(length);
        screen.send(answer);
      }
      if (greetings.length === 0) waiting = this.#take(screen, waiting);
    });
    screen.send(Buffer.from('RFB 003.008\n'));
  }

  #take(screen: WebSocket, waiting: Buffer): Buffer {
    let rest = waiting;
    for (;;) {
      const length = lengthOf(rest);
      if (length === undefined || rest.length < length) return rest;
      // An incremental request waits for a change, and this picture never changes.
      if (rest[0] === 3 && rest[1] === 0) screen.send(update(this.#size));
      if (rest[0] === 2 && asksForPlaces(rest)) screen.send(agreement());
      if (rest[0] === 4) this.#key(rest[1] === 1, rest.readUInt32BE(4));
      if (rest[0] === 255) {
        const isDown = rest.readUInt16BE(2) === 1;
        this.places.push({ scanCode: rest.readUInt32BE(8), isDown });
        this.#key(isDown, rest.readUInt32BE(4));
      }
      rest = rest.subarray(length);
    }
  }

  #key(isDown: boolean, key: number): void {
    if (isDown) this.keysDown.push(key);
    if (isDown) this.held.add(key);
    else this.held.delete(key);
  }
}

function lengthOf(message: Buffer): number | undefined {
  const kind = message[0];
  if (kind === undefined) return undefined;
  if (kind === 2) return message.length < 4 ? undefined : 4 + 4 * message.readUInt16BE(2);
  if (kind === 6) return message.length < 8 ? undefined : 8 + message.readUInt32BE(4);
  return fixedLengths[kind] ?? 1;
}

function asksForPlaces(message: Buffer): boolean {
  for (let at = 4; at < 4 + 4 * message.readUInt16BE(2); at += 4) {
    if (message.readInt32BE(at) === extendedKeys) return true;
  }
  return false;
}

/** An update of one empty rectangle in that encoding. */
function agreement(): Buffer {
  const message = Buffer.alloc(16);
  message.writeUInt16BE(1, 2);
  message.writeInt32BE(extendedKeys, 12);
  return message;
}

function serverInit({ width, height }: PictureSize): Buffer {
  const name = Buffer.from('picture');
  const init = Buffer.alloc(24);
  init.writeUInt16BE(width, 0);
  init.writeUInt16BE(height, 2);
  // 32 bits a pixel, 24 of them colour, little end first, true colour, 255 of each, blue first.
  init.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4);
  init.writeUInt32BE(name.length, 20);
  return Buffer.concat([init, name]);
}

/** One rectangle, uncoded: bright stripes on blue, perhaps not from the edge on. */
function update({ width, height, from = { left: 0, top: 0 } }: PictureSize): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(width, 8);
  head.writeUInt16BE(height, 10);
  const pixels = Buffer.alloc(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4)
    if ((at / 4) % width >= from.left && at / 4 / width >= from.top)
      pixels.set((at >> 6) % 2 === 0 ? [255, 204, 51, 255] : [31, 63, 166, 255], at);
  return Buffer.concat([head, pixels]);
}
