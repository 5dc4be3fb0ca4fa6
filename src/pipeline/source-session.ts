/**
 * A session for questions about the rows of one chunk: each is one short transaction in the given snapshot, under the settings of
 * a read, on a connection of its own.
 *
 * It gives way as a copy does: when somebody has waited for its lock for `maxBlockMs`, the statement is cancelled and asked
 * again after a pause; after some tries that is an error. The connection that looks for who waits is opened anew where it was lost; where
 * that fails for ten times `maxBlockMs` the question ends, since it could not give way. A statement may run until the snapshot reaches its cap.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';
import type { ParameterisedQuery } from '../extract/chunk-query.ts';
import { endTransaction, findLockWaiters } from '../extract/lock-waiters.ts';
import { readSettings } from '../extract/read-settings.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import { connectControl } from '../postgres/connect.ts';
import { IDENTITY, settingsQuery } from '../postgres/read-opening.ts';
import { silenceWatchOf } from '../postgres/silence-watch.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import { queryError, sqlstateOf } from '../postgres/sqlstate.ts';
import { reconnecting } from './control-connection.ts';
import type { CopyRun } from './copy-run.ts';

const WATCH_MS = 500;
const MAX_TRIES = 5;
const PAUSE_MS = 500;
/** A question runs on for so many times `maxBlockMs` while nobody can look for who waits. */
const MAX_BLIND_BLOCKS = 10;
/** Of a long answer. */
const PIECE_ROWS = 5_000;
const QUERY_CANCELED = '57014';

/** Every value as the server prints it. */
export type AnswerRow = Record<string, string | null>;

export interface SourceQuestion extends ParameterisedQuery {
  /** Holds a condition or a query of the user's, whose names go by the user's own search_path. */
  readonly userSql: boolean;
  readonly usesCtidRange: boolean;
}

/** The snapshot of the rows that are asked about, and its age. */
export type SharedSnapshot = Pick<Snapshot, 'id' | 'ageMs'>;

export class SourceSession {
  readonly #run: CopyRun;
  readonly #client: Client;
  readonly #snapshot: SharedSnapshot;
  readonly #watching: ReturnType<typeof reconnecting>;
  /** Of the question that is being asked. */
  #transaction: BackendTransaction | null = null;

  private constructor(run: CopyRun, client: Client, snapshot: SharedSnapshot) {
    this.#run = run;
    this.#client = client;
    this.#snapshot = snapshot;
    this.#watching = reconnecting(run);
  }

  static async open(run: CopyRun, snapshot: SharedSnapshot): Promise<SourceSession> {
    const { signal, maxSnapshotAgeMs } = run.options;
    const client = await connectControl(run.connection, signal ? { signal } : {});
    // The answer is one row, behind the last of all that are asked about.
    silenceWatchOf(client)?.bearStatement(maxSnapshotAgeMs);
    return new SourceSession(run, client, snapshot);
  }

  /** The rows of the answer, as texts. Throws the server's refusal as a DraculaError, or E_INTERRUPTED. */
  async ask(question: SourceQuestion): Promise<AnswerRow[]> {
    let answer: AnswerRow[] = [];
    await this.#askUntilAnswered(question, async () => {
      answer = await this.#query(question.text, question.values);
    });
    return answer;
  }

  /**
   * The same with an answer of any length, of which a few thousand rows are held at a time. When it gave way it goes on behind the rows
   * that were taken: the same snapshot, read in the same way, gives them in the same order.
   */
  async askInPieces(question: SourceQuestion, take: (row: AnswerRow) => void): Promise<void> {
    let taken = 0;
    await this.#askUntilAnswered(question, async () => {
      await this.#query(`DECLARE dracula_answer NO SCROLL CURSOR FOR ${question.text}`, question.values);
      if (taken > 0) await this.#query(`MOVE FORWARD ${taken} FROM dracula_answer`);
      for (;;) {
        const rows = await this.#query(`FETCH FORWARD ${PIECE_ROWS} FROM dracula_answer`);
        for (const row of rows) take(row);
        taken += rows.length;
        if (rows.length < PIECE_ROWS) return;
      }
    });
  }

  async #query(text: string, values: readonly string[] = []): Promise<AnswerRow[]> {
    const { rows } = await this.#client.query({ text, values: [...values], types: AS_TEXT });
    return rows as AnswerRow[];
  }

  async #askUntilAnswered(question: SourceQuestion, answer: () => Promise<void>): Promise<void> {
    const { signal } = this.#run.options;
    for (let attempt = 1; ; attempt++) {
      if ((await this.#attempt(question, answer)) === 'answered') return;
      if (attempt === MAX_TRIES) {
        throw new DraculaError(
          'E_LOCK_TIMEOUT',
          `Somebody waited for a lock of the verification ${MAX_TRIES} times; it gave way each time and is not finished. Nothing was changed.`,
        );
      }
      await sleep(PAUSE_MS * attempt, undefined, { signal }).catch(() => undefined); // the next attempt says that the run is to end
    }
  }

  async #attempt(question: SourceQuestion, answer: () => Promise<void>): Promise<'answered' | 'gave way'> {
    const { signal } = this.#run.options;
    signal?.throwIfAborted();
    let gaveWay = false;
    let blind: unknown = null;
    let stop = () => {};
    try {
      const transaction = await this.#begin(question);
      this.#transaction = transaction;
      stop = this.#watch(transaction, {
        onGiveWay: () => {
          gaveWay = true;
        },
        onBlind: (cause) => {
          blind = cause;
          void this.#client.end().catch(() => undefined); // the question ends with its connection
        },
      });
      await answer();
      await this.#client.query('COMMIT');
      return 'answered';
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined); // a session that is gone has nothing to roll back
      signal?.throwIfAborted();
      if (blind !== null) throw unwatched(blind, MAX_BLIND_BLOCKS * this.#run.options.maxBlockMs);
      if (gaveWay && sqlstateOf(error) === QUERY_CANCELED) return 'gave way';
      if (sqlstateOf(error) === QUERY_CANCELED) this.#leftMs();
      throw queryError(error);
    } finally {
      this.#transaction = null;
      stop();
    }
  }

  async #begin(question: SourceQuestion): Promise<BackendTransaction> {
    const { lockTimeoutMs } = this.#run.options;
    const statementTimeoutMs = this.#leftMs();
    await this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.#client.query(`SET TRANSACTION SNAPSHOT '${this.#snapshot.id}'`);
    const limits = { statementTimeoutMs, lockTimeoutMs, pauseMs: 0, busyMs: 0 };
    await this.#client.query(settingsQuery(readSettings(question, limits, this.#run.server)));
    const { rows } = await this.#client.query<BackendTransaction>(IDENTITY);
    return rows[0]!;
  }

  /** Milliseconds until the snapshot reaches its cap, at least 1. Throws E_SNAPSHOT_AGE at the cap. */
  #leftMs(): number {
    const { maxSnapshotAgeMs } = this.#run.options;
    const left = Math.ceil(maxSnapshotAgeMs - this.#snapshot.ageMs());
    if (left > 0) return left;
    throw new DraculaError(
      'E_SNAPSHOT_AGE',
      `The verification was not finished when the snapshot reached its cap of ${maxSnapshotAgeMs / 1000} s. Nothing was published.`,
    );
  }

  /** Cancels the statement when somebody has waited for too long, and when the run is to end. */
  #watch(transaction: BackendTransaction, { onGiveWay, onBlind }: WatchListeners): () => void {
    const { options } = this.#run;
    const { control } = this.#watching;
    const cancel = () => this.#cancel(transaction);
    let sawAt = performance.now();
    let waitedSince: number | null = null;
    const look = async () => {
      const waiters = await findLockWaiters(await control(), [transaction.pid]);
      sawAt = performance.now();
      if (!waiters.some(({ kind }) => kind === 'relation')) {
        waitedSince = null;
        return;
      }
      waitedSince ??= performance.now() - WATCH_MS;
      if (performance.now() - waitedSince < options.maxBlockMs) return;
      onGiveWay();
      await cancel();
    };
    const lookAgain = (error: unknown) => {
      if (performance.now() - sawAt >= MAX_BLIND_BLOCKS * options.maxBlockMs) onBlind(error);
    };
    const timer = setInterval(() => look().catch(lookAgain), WATCH_MS);
    options.signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      clearInterval(timer);
      options.signal?.removeEventListener('abort', cancel);
    };
  }

  /** Also in the middle of a question: the server would go on with it, since it looks for its client at the answer only. */
  async close(): Promise<void> {
    if (this.#transaction !== null) await this.#cancel(this.#transaction);
    await this.#client.end().catch(() => undefined); // it is gone already
    await this.#watching.hangUp();
  }

  async #cancel(transaction: BackendTransaction): Promise<void> {
    try {
      await endTransaction(await this.#watching.control(), transaction, 'cancel');
    } catch {
      // It is over, or the server is gone: its own end comes too.
    }
  }
}

interface WatchListeners {
  readonly onGiveWay: () => void;
  /** Nobody could look for some time, for this reason. */
  readonly onBlind: (cause: unknown) => void;
}

function unwatched(cause: unknown, blindMs: number): DraculaError {
  return new DraculaError(
    'E_CONNECTION_LOST',
    `For ${blindMs / 1000} s nobody could look whether a lock of the verification is waited for: its connection was lost and could not be opened anew. The verification ended, since it could not give way. Nothing was changed.`,
    {},
    cause,
  );
}

/** Every value as the server prints it. */
const AS_TEXT = { getTypeParser: () => (value: string | null) => value } as const;
