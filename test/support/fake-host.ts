/** A process for the CLI that is not one: keeps what is written, sends signals, and notes an exit instead of ending. */
import { EventEmitter } from 'node:events';
import type { Host, OutputStream } from '../../src/cli/host.ts';

class KeptStream extends EventEmitter implements OutputStream {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string | Uint8Array, done?: (error?: Error | null) => void): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString();
    done?.();
    return true;
  }
}

export class FakeHost extends EventEmitter implements Host {
  readonly stdout: KeptStream;
  readonly stderr: KeptStream;
  readonly env: Readonly<Record<string, string>>;
  /** Codes that `exit` was called with. */
  readonly exits: number[] = [];

  constructor(options: { readonly env?: Readonly<Record<string, string>>; readonly isTTY?: boolean } = {}) {
    super();
    this.env = options.env ?? {};
    this.stdout = new KeptStream(options.isTTY ?? false);
    this.stderr = new KeptStream(options.isTTY ?? false);
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}
