/**
 * A fuzzer of whole conversations: all that a real server sent to a reader, with messages changed, lost, doubled, exchanged or spliced,
 * through a socket and everything behind it. Either the read fails in words, or its rows are those of the messages that were not touched.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isDraculaError } from '../../../src/errors.ts';
import { fuzzMs, fuzzTimeout } from '../../support/fuzz-budget.ts';
import { SEED, titled } from '../../support/property.ts';
import { type Conversation, loadConversations } from '../../support/wire/captured-conversations.ts';
import { type MutatedMessages, mutateMessages } from '../../support/wire/message-mutations.ts';
import { type Random, randomOf } from '../../support/wire/mutations.ts';
import { MAX_ROW_BYTES, type Player, type Replay, startPlayer } from '../../support/wire/replayed-conversation.ts';

const SHARE = 0.4;
const CODES = ['E_PROTOCOL', 'E_WIRE', 'E_VALUE_TOO_LARGE', 'E_SOURCE_CHANGED', 'E_QUERY'];
/** What the reader, its decoder and this test take for rows of 1 kB; more is taken for what was only announced. */
const MOST_NEW_BYTES = 48 * 2 ** 20;

const CONVERSATIONS = loadConversations();
const OTHERS = CONVERSATIONS.flatMap(({ messages }) => messages);
const typeOf = (message: Buffer) => String.fromCharCode(message[0]!);

/** By message: which row of the read it is. */
function rowNumbers({ messages }: Conversation): Map<number, number> {
  const from = messages.findLastIndex((message) => typeOf(message) === 'T');
  const rows = messages.flatMap((message, m) => (m > from && typeOf(message) === 'D' ? [m] : []));
  return new Map(rows.map((m, row) => [m, row]));
}

const ROW_NUMBERS = new Map(CONVERSATIONS.map((conversation) => [conversation, rowNumbers(conversation)]));
const originals = new Map<Conversation, Replay>();

describe(titled('of a changed conversation'), () => {
  it('each one as it was is read to its end', async () => {
    const player = await startPlayer();
    for (const conversation of CONVERSATIONS)
      originals.set(conversation, await player.play(conversation, Buffer.concat(conversation.messages), null));
    const [notices, failing] = [...originals.values()];
    expect(notices).toMatchObject({ result: { finished: true, rows: 20 }, error: null });
    expect(notices!.rows).toHaveLength(20);
    expect(failing!.error).toMatchObject({ code: '22012' });
    expect(failing!.rows).toEqual(notices!.rows.slice(0, 13).map(([, ...rest]) => [expect.anything(), ...rest]));
  });

  it('the end of the read in the place of a row is not its end', async () => {
    const player = await startPlayer();
    const [conversation] = CONVERSATIONS as [Conversation];
    const messages = [...conversation.messages];
    const complete = messages.length - 2;
    const row = [...ROW_NUMBERS.get(conversation)!.keys()][5]!;
    [messages[row], messages[complete]] = [messages[complete]!, messages[row]!];
    const { error } = await player.play(conversation, Buffer.concat(messages), null);
    expect(error).toMatchObject({ code: 'E_PROTOCOL', message: expect.stringContaining('suspended a read') });
  });

  it('comes an error, or the rows that were not touched', { timeout: fuzzTimeout(SHARE) }, async () => {
    const player = await startPlayer();
    const outcomes = new Map<string, number>();
    const until = performance.now() + fuzzMs(SHARE);
    let tried = 0;
    for (; performance.now() < until; tried++) {
      const random = randomOf(Math.imul(SEED + tried, 0x9e3779b1));
      const conversation = CONVERSATIONS[random(8) === 0 ? 1 : 0]!;
      const mutated = mutateMessages(conversation.messages, OTHERS, random);
      try {
        const outcome = await look(player, conversation, mutated, random);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`mutant ${tried} of seed ${SEED}, ${mutated.how}: ${message}`, { cause: error });
      }
    }
    console.log(`${tried} conversations: ${JSON.stringify(Object.fromEntries(outcomes))} (seed ${SEED})`);
    expect(outcomes.get('read')).toBeGreaterThan(0);
    expect(outcomes.get('E_PROTOCOL')).toBeGreaterThan(0);
  });
});

/** Says how it ended; throws where it ended wrongly. */
async function look(
  player: Player,
  conversation: Conversation,
  { stream, touched }: MutatedMessages,
  random: Random,
): Promise<string> {
  const before = process.memoryUsage().arrayBuffers;
  const replay = await player.play(conversation, stream, random(3) === 0 ? 7 : null);
  const taken = process.memoryUsage().arrayBuffers - before;
  if (taken > MOST_NEW_BYTES) throw new Error(`${taken} bytes were taken`);
  const { rows } = originals.get(conversation)!;
  const numbers = ROW_NUMBERS.get(conversation)!;
  const isTouched = new Set(touched.map((m) => numbers.get(m)));
  const same = (row: number) => isTouched.has(row) || isDeepStrictEqual(replay.rows[row], rows[row]);
  if (replay.result === null) {
    // Rows of before are right, though a run drops them.
    const firstTouched = [...numbers].find(([m]) => m >= Math.min(...touched))?.[1] ?? rows.length;
    const good = Math.min(firstTouched, replay.rows.length);
    for (let row = 0; row < good; row++) if (!same(row)) throw new Error(`row ${row} is another`);
    return nameOf(replay.error);
  }
  // A run asks the same: as many rows as the server says it sent.
  if (!replay.result.finished || replay.result.rows !== replay.rows.length) return 'rows that do not add up';
  if (replay.rows.length !== rows.length) throw new Error(`${replay.rows.length} rows came instead of ${rows.length}`);
  // What was exchanged for another message moves the rows between them.
  const stands = (row: number) => replay.rows.some((other) => isDeepStrictEqual(other, rows[row]));
  const isThere = touched.length > 1 ? (row: number) => isTouched.has(row) || stands(row) : same;
  for (const row of rows.keys()) if (!isThere(row)) throw new Error(`row ${row} is another`);
  return 'read';
}

function nameOf(error: unknown): string {
  if (isDraculaError(error)) {
    if (!CODES.includes(error.code)) throw error;
    if (error.code === 'E_WIRE' || error.code === 'E_VALUE_TOO_LARGE')
      expect(error.facts.byteOffset).toBeTypeOf('number');
    if (error.code === 'E_VALUE_TOO_LARGE') expect(error.facts.rowBytes).toBeGreaterThan(MAX_ROW_BYTES);
    return error.code;
  }
  const { message, code, severity } = error as { message: string; code?: string; severity?: string };
  if (severity !== undefined || code === '22012') return 'an error of the server';
  if (message === 'Connection terminated unexpectedly') return 'the connection ended';
  throw error;
}
