/**
 * Ends a connection whose server says nothing while an answer is due: packets that are dropped on the way are never told of,
 * and Node.js has no TCP_USER_TIMEOUT.
 *
 * One rule for every connection, looked at a few times a second: something was asked, `pg` is not ready for the next query,
 * and no byte has come for longer than the patience. The patience comes from whoever asks: it is longer than the server may take
 * (statement_timeout), since a statement that sorts, or waits for a lock, is silent too. After `end()` what is due is the
 * connection's end; after an abort nobody waits for an answer any more. Until a connection is ready its connect_timeout counts.
 *
 * Silence is counted in looks, not by the clock: a process that was stopped, asleep or busy accuses nobody, since between
 * two looks it reads what has come.
 */
import type { Duplex } from 'node:stream';
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';
import { type ConnectionConfig, describeServer } from './connection-config.ts';
import { breakConnection, connectionOf } from './connection-guard.ts';

const LOOK_MS = 250;
/** For what has no time limit on the server: catalogs of very many tables, on a server under load. */
const DEFAULT_PATIENCE_MS = 120_000;
/** Beyond a time limit of the server's: for its own error to arrive. */
const MARGIN_MS = 10_000;
const GOODBYE_PATIENCE_MS = 1_000;
const ABORTED_PATIENCE_MS = 2_000;

/** What a connection is there for, in words. */
const PURPOSES = {
  control: 'the connection that controls the run',
  snapshot: 'the connection that holds the snapshot',
  read: 'a connection that reads rows',
} as const;

export type ConnectionPurpose = keyof typeof PURPOSES;

/** What is due on a connection now. */
export type Due = 'nothing' | 'answer' | 'goodbye';

/** How long nothing has come while something was due. Pure: somebody looks once every LOOK_MS and says what there is. */
export class SilenceMeter {
  #bytes = -1;
  #due: Due = 'nothing';
  #silentMs = 0;

  /** Milliseconds of silence up to this look. */
  look(due: Due, bytesReceived: number): number {
    const isSilent = due !== 'nothing' && due === this.#due && bytesReceived === this.#bytes;
    this.#silentMs = isSilent ? this.#silentMs + LOOK_MS : 0;
    this.#bytes = bytesReceived;
    this.#due = due;
    return this.#silentMs;
  }
}

export interface SilenceWatchOptions {
  readonly purpose: ConnectionPurpose;
  /** Once it is aborted, silence is borne for two seconds only, and what ends the connection is its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The parts of a `pg` client that its published types leave out. */
interface ClientInternals {
  /** False from the submission of a query to its ReadyForQuery. */
  readonly readyForQuery?: boolean;
  readonly _ending: boolean;
}

export class SilenceWatch {
  /** How long the server may be silent while an answer is due. */
  patienceMs = DEFAULT_PATIENCE_MS;
  purpose: ConnectionPurpose;

  readonly #client: Client;
  readonly #config: ConnectionConfig;
  readonly #signal: AbortSignal | undefined;
  readonly #meter = new SilenceMeter();
  /** Patience of those who ask under `within` now. */
  readonly #shorter = new Set<{ readonly limitMs: number }>();

  private constructor(client: Client, config: ConnectionConfig, { purpose, signal }: SilenceWatchOptions) {
    this.#client = client;
    this.#config = config;
    this.#signal = signal;
    this.purpose = purpose;
  }

  /** Watches a client from when it is ready to its end. To be called before `connect`. */
  static start(client: Client, config: ConnectionConfig, options: SilenceWatchOptions): SilenceWatch {
    const watch = new SilenceWatch(client, config, options);
    client.once('connect', () => {
      const timer = setInterval(() => watch.#look(), LOOK_MS).unref();
      client.once('end', () => clearInterval(timer));
    });
    watches.set(client, watch);
    return watch;
  }

  /** Something was asked that is not answered yet. */
  get awaitsAnswer(): boolean {
    return this.#due() === 'answer';
  }

  /** For a statement that the server itself ends after `timeoutMs`. */
  bearStatement(timeoutMs: number): void {
    this.patienceMs = timeoutMs + MARGIN_MS;
  }

  /** Bears silence for `limitMs` at most until `ask` is answered. */
  async within<T>(limitMs: number, ask: () => Promise<T>): Promise<T> {
    const asked = { limitMs };
    this.#shorter.add(asked);
    try {
      return await ask();
    } finally {
      this.#shorter.delete(asked);
    }
  }

  #look(): void {
    const connection = connectionOf(this.#client);
    const due = this.#due();
    const silentMs = this.#meter.look(due, (connection.stream as Duplex & { readonly bytesRead: number }).bytesRead);
    if (due === 'nothing' || silentMs < this.#limitMs(due)) return;
    if (due === 'goodbye') connection.stream.destroy();
    else breakConnection(connection, this.#signal?.aborted ? this.#signal.reason : this.#silence(silentMs));
  }

  #due(): Due {
    const { readyForQuery, _ending } = this.#client as unknown as ClientInternals;
    if (_ending) return 'goodbye';
    return readyForQuery === true ? 'nothing' : 'answer';
  }

  #limitMs(due: 'answer' | 'goodbye'): number {
    if (due === 'goodbye') return GOODBYE_PATIENCE_MS;
    const aborted = this.#signal?.aborted ? ABORTED_PATIENCE_MS : this.patienceMs;
    return Math.min(this.patienceMs, aborted, ...[...this.#shorter].map(({ limitMs }) => limitMs));
  }

  #silence(silentMs: number): DraculaError {
    return new DraculaError(
      'E_CONNECTION_LOST',
      `${describeServer(this.#config)} has sent nothing for ${Math.round(silentMs / 1000)} s where an answer was due, on ${PURPOSES[this.purpose]}: something on the way drops the packets (a firewall, a VPN, a load balancer), or the server hangs. The connection is closed; what the server still does for it ends by the server's own timeouts. Check the path, then run again.`,
      { host: this.#config.host, port: this.#config.port },
    );
  }
}

const watches = new WeakMap<object, SilenceWatch>();

/** The watch of a client that connect.ts made. */
export function silenceWatchOf(client: object): SilenceWatch | undefined {
  return watches.get(client);
}

/** Asks, and bears silence for `limitMs` only: for what a server answers at once, however busy it is. */
export function answeredWithin<T>(client: object, limitMs: number, ask: () => Promise<T>): Promise<T> {
  return watches.get(client)?.within(limitMs, ask) ?? ask();
}
