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
import type { DescribedColumn } from '../core/copy-plan.ts';
import { DraculaError } from '../errors.ts';
import type { ParameterisedQuery } from '../extract/chunk-query.ts';
import { endTransaction } from '../extract/lock-waiters.ts';
import { readSettings } from '../extract/read-settings.ts';
import type { Snapshot } from '../extract/snapshot.ts';
import { connectControl } from '../postgres/connect.ts';
import { IDENTITY, movesPath, SET_CHECKED_PATH, setSnapshotSql, settingsQuery } from '../postgres/read-opening.ts';
import { silenceWatchOf } from '../postgres/silence-watch.ts';
import type { BackendTransaction } from '../postgres/slice-reader.ts';
import {
  areAsExpected,
  type CheckedRead,
  COLUMNS_CHANGED,
  changedSinceSnapshot,
  changesQuery,
  lastChangesQuery,
  snapshotError,
  sourceChanged,
} from '../postgres/source-checks.ts';
import { isSourceChange, isSourceChangeFoundByParser, queryError, sqlstateOf } from '../postgres/sqlstate.ts';
import { reconnecting } from './control-connection.ts';
import type { CopyRun } from './copy-run.ts';
import { unwatched, watchQuestion } from './question-watch.ts';
import { retryDelayMs } from './retry-policy.ts';

const MAX_TRIES = 5;
const PAUSE_MS = 500;
/** Of a long answer. */
const PIECE_ROWS = 5_000;
const NOT_COMPARED = 'it cannot be compared in this snapshot any more';
const QUERY_CANCELED = '57014';

/** Every value as the server prints it. */
export type AnswerRow = Record<string, string | null>;

export interface SourceQuestion extends ParameterisedQuery {
  /** Under which it is asked: `pg_catalog`, or the role's own where SQL of the user's is in it. */
  readonly searchPath: string;
  readonly usesCtidRange: boolean;
  /** What must still be so, under the locks of the question, for its answer to mean what the plan does. */
  readonly planned?: PlannedRelation;
  /** Ends it, with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface PlannedRelation extends CheckedRead {
  /** A query of its bare columns, with the question's FROM, WHERE and values: it takes the same locks. */
  readonly bare: string;
  readonly expected: readonly DescribedColumn[];
}

/** The snapshot of the rows that are asked about, and its age. */
export type SharedSnapshot = Pick<Snapshot, 'id' | 'ageMs'>;

export class SourceSession {
  readonly #run: CopyRun;
  #client: Client;
  readonly #snapshot: SharedSnapshot;
  readonly #watching: ReturnType<typeof reconnecting>;
  /** Of the question that is being asked. */
  #transaction: BackendTransaction | null = null;
  readonly #closing = new AbortController();
  /** The connection is gone; the next attempt opens another. */
  #isLost = false;

  private constructor(run: CopyRun, client: Client, snapshot: SharedSnapshot) {
    this.#run = run;
    this.#client = client;
    this.#snapshot = snapshot;
    this.#watching = reconnecting(run);
  }

  static async open(run: CopyRun, snapshot: SharedSnapshot): Promise<SourceSession> {
    return new SourceSession(run, await connect(run), snapshot);
  }

  /** The rows of the answer, as texts. Throws the server's refusal as a DraculaError, or E_INTERRUPTED. */
  async ask(question: SourceQuestion): Promise<AnswerRow[]> {
    let answer: AnswerRow[] = [];
    await this.#askUntilAnswered(question, async () => {
      answer = await this.#query(question.text, this.#signalOf(question), question.values);
    });
    return answer;
  }

  /**
   * The same with an answer of any length, of which a few thousand rows are held at a time. When it gave way it goes on behind the rows
   * that were taken: the same snapshot, read in the same way, gives them in the same order.
   */
  async askInPieces(question: SourceQuestion, take: (row: AnswerRow) => void): Promise<void> {
    let taken = 0;
    const signal = this.#signalOf(question);
    await this.#askUntilAnswered(question, async () => {
      await this.#query(`DECLARE dracula_answer NO SCROLL CURSOR FOR ${question.text}`, signal, question.values);
      if (taken > 0) await this.#query(`MOVE FORWARD ${taken} FROM dracula_answer`, signal);
      for (;;) {
        const rows = await this.#query(`FETCH FORWARD ${PIECE_ROWS} FROM dracula_answer`, signal);
        for (const row of rows) take(row);
        taken += rows.length;
        if (rows.length < PIECE_ROWS) return;
      }
    });
  }

  /** A cancel ends what runs, and is lost between two statements. */
  async #query(text: string, signal: AbortSignal, values: readonly string[] = []): Promise<AnswerRow[]> {
    signal.throwIfAborted();
    const { rows } = await this.#client.query({ text, values: [...values], types: AS_TEXT });
    return rows as AnswerRow[];
  }

  /** The snapshot is still there when a session or a lock is lost: the question is asked again as a chunk is read again. */
  async #askUntilAnswered(question: SourceQuestion, answer: () => Promise<void>): Promise<void> {
    const signal = this.#signalOf(question);
    const times = { 'gave way': 0, failed: 0 };
    for (;;) {
      const outcome = await this.#attempt(question, answer);
      if (outcome.kind === 'answered') return;
      const delayMs = waitMs(outcome, ++times[outcome.kind]);
      await sleep(delayMs, undefined, { signal }).catch(() => undefined); // the next attempt says that it is to end
    }
  }

  #signalOf({ signal }: SourceQuestion): AbortSignal {
    const given = [this.#run.options.signal, signal].filter((one) => one !== undefined);
    return AbortSignal.any([this.#closing.signal, ...given]);
  }

  async #attempt(question: SourceQuestion, answer: () => Promise<void>): Promise<Outcome> {
    const signal = this.#signalOf(question);
    signal.throwIfAborted();
    let gaveWay = false;
    let blind: unknown = null;
    let stop = () => {};
    try {
      const transaction = await this.#begin(question);
      this.#transaction = transaction;
      stop = watchQuestion({
        transaction,
        signal,
        maxBlockMs: this.#run.options.maxBlockMs,
        control: this.#watching.control,
        cancel: () => this.#cancel(transaction),
        onGiveWay: () => {
          gaveWay = true;
        },
        onBlind: (cause) => {
          blind = cause;
          void this.#client.end().catch(() => undefined); // the question ends with its connection
        },
      });
      signal.throwIfAborted();
      if (question.planned !== undefined) await this.#check(question.planned, question);
      await answer();
      if (question.planned !== undefined)
        await this.#refuseChanges(lastChangesQuery(question.planned), question.planned);
      await this.#client.query('COMMIT');
      return { kind: 'answered' };
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined); // a session that is gone has nothing to roll back
      signal.throwIfAborted();
      if (blind !== null) throw unwatched(blind, this.#run.options.maxBlockMs);
      if (gaveWay && sqlstateOf(error) === QUERY_CANCELED) return { kind: 'gave way' };
      if (sqlstateOf(error) === QUERY_CANCELED) this.#leftMs();
      const failure = queryError(error);
      this.#isLost ||= isLost(failure);
      return { kind: 'failed', error: failure };
    } finally {
      this.#transaction = null;
      stop();
    }
  }

  async #begin(question: SourceQuestion): Promise<BackendTransaction> {
    const { lockTimeoutMs } = this.#run.options;
    const statementTimeoutMs = this.#leftMs();
    if (this.#isLost) {
      void this.#client.end().catch(() => undefined);
      this.#client = await connect(this.#run);
      this.#isLost = false;
    }
    await this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.#client.query(setSnapshotSql(this.#snapshot.id)).catch((error: unknown) => {
      throw snapshotError(error);
    });
    const limits = { statementTimeoutMs, lockTimeoutMs, pauseMs: 0, busyMs: 0 };
    await this.#client.query(settingsQuery(readSettings(question, limits, this.#run.server)));
    const { rows } = await this.#client.query<BackendTransaction>(IDENTITY);
    return rows[0]!;
  }

  /** Takes the locks of the question. Throws E_SOURCE_CHANGED. */
  async #check(planned: PlannedRelation, { values, searchPath }: SourceQuestion): Promise<void> {
    const bare = { text: `${planned.bare}\nLIMIT 0`, values: [...values] };
    const { fields } = await this.#client.query(bare).catch((error: unknown) => {
      throw (planned.scope === 'anything' ? isSourceChangeFoundByParser(error) : isSourceChange(error))
        ? sourceChanged('It was dropped or altered after the plan was made', NOT_COMPARED)
        : error;
    });
    if (!areAsExpected(fields, planned.expected)) throw sourceChanged(COLUMNS_CHANGED, NOT_COMPARED);
    await this.#refuseChanges(changesQuery(planned), planned);
    if (movesPath(planned)) await this.#client.query(settingsQuery([['search_path', searchPath]]));
  }

  async #refuseChanges(query: ReturnType<typeof lastChangesQuery>, planned: PlannedRelation): Promise<void> {
    if (query === null) return;
    if (movesPath(planned)) await this.#client.query(SET_CHECKED_PATH);
    const { rows } = await this.#client.query<{ readonly changes: string | null }>(query);
    const { changes } = rows[0]!;
    if (changes !== null) throw changedSinceSnapshot(changes, NOT_COMPARED);
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

  /** Also in the middle of a question: the server would go on with it, since it looks for its client at the answer only. */
  async close(): Promise<void> {
    this.#closing.abort(new DraculaError('E_INTERRUPTED', 'The session of the comparison was closed.'));
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

/** How an attempt ended. */
type Outcome = { readonly kind: 'answered' | 'gave way' } | { readonly kind: 'failed'; readonly error: DraculaError };

/** Before the next attempt, behind so many of this kind. Throws where there is to be none. */
function waitMs(outcome: Outcome, times: number): number {
  if (outcome.kind === 'failed') {
    const delayMs = retryDelayMs(outcome.error.code, times);
    if (delayMs === null) throw outcome.error;
    return delayMs;
  }
  if (times < MAX_TRIES) return PAUSE_MS * times;
  throw new DraculaError(
    'E_LOCK_TIMEOUT',
    `Somebody waited for a lock of the verification ${MAX_TRIES} times; it gave way each time and is not finished. Nothing was changed.`,
  );
}

async function connect(run: CopyRun): Promise<Client> {
  const { signal, maxSnapshotAgeMs } = run.options;
  const client = await connectControl(run.connection, signal ? { signal } : {});
  // The answer is one row, behind the last of all that are asked about.
  silenceWatchOf(client)?.bearStatement(maxSnapshotAgeMs);
  return client;
}

function isLost({ code }: DraculaError): boolean {
  return code === 'E_CONNECTION_LOST' || code === 'E_CONNECT';
}

/** Values are left as they come. */
const AS_TEXT = { getTypeParser: () => (value: string | null) => value } as const;
