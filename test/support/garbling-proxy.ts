/**
 * Stands between a client and a PostgreSQL server on loopback, passes everything on, and once in its life does a mischief to
 * what the server sends to a connection that reads rows: behind a number of bytes, at a message's head.
 */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What is done to the first message that begins behind the number of bytes. */
export type Mischief =
  /** Another type byte. */
  | 'type'
  /** The type byte of an error. */
  | 'error'
  /** The type byte of a ParameterStatus, which a server may send at any time, and nobody asks about. */
  | 'status'
  /** Another length. */
  | 'length'
  /** Another length of a field, where it is a row. */
  | 'field'
  /** Some of its bytes are left out. */
  | 'gap'
  /** Bytes that nobody sent. */
  | 'noise'
  /** The connection ends within it. */
  | 'cut';

export const MISCHIEFS = [
  'type',
  'error',
  'status',
  'length',
  'field',
  'gap',
  'noise',
  'cut',
] as const satisfies readonly Mischief[];

export interface GarblingProxy {
  readonly port: number;
  /** True when it was done. */
  readonly done: boolean;
}

interface Plan {
  readonly port: number;
  readonly mischief: Mischief;
  readonly afterBytes: number;
  readonly random: () => number;
}

/** Text that only the reading of rows sends. */
const READER = Buffer.from('dracula_read');

export async function startGarblingProxy(plan: Plan): Promise<GarblingProxy> {
  const state = { done: false };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(plan.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // either side may break off: what this is about
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    let isReader = false;
    const stream = new MessageStream();
    client.on('data', (bytes) => {
      isReader ||= bytes.includes(READER);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!isReader || state.done) return void client.write(bytes);
      stream.countsFrom ??= stream.position;
      const at = stream.nextHead(bytes, plan.afterBytes);
      if (at === null) return void client.write(bytes);
      state.done = true;
      if (plan.mischief === 'cut') return void client.end(bytes.subarray(0, at + 1));
      client.write(garble(bytes, at, plan));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    get done() {
      return state.done;
    },
  };
}

/** Follows the messages of a server's stream from one ReadyForQuery on: Byte1 type, Int32 length including itself. */
class MessageStream {
  position = 0;
  countsFrom: number | null = null;
  #left = 0;
  #head: number[] = [];

  /** Where in the chunk the first whole head of a message behind `after` bytes stands; null when there is none. */
  nextHead(bytes: Buffer, after: number): number | null {
    for (let p = 0; p < bytes.length; ) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - p);
        this.#left -= step;
        this.position += step;
        p += step;
        continue;
      }
      const isWhole = this.#head.length === 0 && p + 16 <= bytes.length;
      if (isWhole && this.position - this.countsFrom! >= after) return p;
      this.#head.push(bytes[p]!);
      this.position++;
      p++;
      if (this.#head.length < 5) continue;
      this.#left = Buffer.from(this.#head).readUInt32BE(1) - 4;
      this.#head = [];
    }
    return null;
  }
}

function garble(bytes: Buffer, at: number, { mischief, random }: Plan): Buffer {
  const garbled = Buffer.from(bytes);
  const number = (from: number, to: number) => from + Math.floor(random() * (to - from));
  switch (mischief) {
    case 'type':
      garbled[at] = (garbled[at]! + number(1, 256)) & 255;
      return garbled;
    case 'error':
      garbled[at] = 0x45;
      return garbled;
    case 'status':
      garbled[at] = 0x53;
      return garbled;
    case 'length':
      garbled[at + 1 + number(0, 4)]! ^= 1 << number(0, 8);
      return garbled;
    case 'field':
      garbled[at + 7 + number(0, 4)]! ^= 1 << number(0, 8);
      return garbled;
    case 'gap': {
      const from = at + number(0, 8);
      return Buffer.concat([garbled.subarray(0, from), garbled.subarray(from + number(1, 8))]);
    }
    case 'noise':
      return Buffer.concat([
        garbled.subarray(0, at),
        Buffer.from(Array.from({ length: number(1, 40) }, () => number(0, 256))),
        garbled.subarray(at),
      ]);
    case 'cut':
      return garbled.subarray(0, at + 1);
  }
}
