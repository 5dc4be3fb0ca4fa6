/**
 * Whole conversations of a reader with a real server (captured-conversations.json, made by scripts/capture-wire.ts): a column of every
 * form that the embedded server sends, with notices between the rows in one, and an error among them in the other.
 */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { CAPTURED_COLUMNS } from './captured-rows.ts';
import { CAPTURED_VALUES } from './captured-values.ts';
import type { WireColumn } from './decode-rows.ts';

export interface Conversation {
  readonly name: string;
  readonly query: string;
  /** Row limit of each Execute. */
  readonly sliceRows: number;
  /** Of the query's columns. */
  readonly typeOids: readonly number[];
  /** What the server sent until it was ready for the first query. */
  readonly startup: Buffer;
  /** The messages with which it answered the read. */
  readonly messages: readonly Buffer[];
}

export const INT4: WireColumn = { type: { kind: 'int32' } };

/** In the order of the rows' fields. */
export const CONVERSATION_COLUMNS: readonly WireColumn[] = [
  INT4,
  ...CAPTURED_COLUMNS,
  ...CAPTURED_VALUES.filter(({ server }) => !server.includes(',')).map(({ type, wire }) => ({ type, wire })),
];

type Stored = Omit<Conversation, 'startup' | 'messages'> & {
  readonly startup: readonly string[];
  readonly read: readonly string[];
};

const inflated = (lines: readonly string[]) => inflateSync(Buffer.from(lines.join(''), 'base64'));

/** Whole messages, each with its type and length. */
export function messagesOf(stream: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let p = 0; p < stream.length; p += messages.at(-1)!.length)
    messages.push(stream.subarray(p, p + 1 + stream.readUInt32BE(p + 1)));
  return messages;
}

/** Read when it is asked for: the script that makes the file uses what stands above. */
export function loadConversations(): readonly Conversation[] {
  const file = JSON.parse(readFileSync(new URL('captured-conversations.json', import.meta.url), 'utf8')) as {
    readonly conversations: readonly Stored[];
  };
  return file.conversations.map(({ startup, read, ...conversation }) => ({
    ...conversation,
    startup: inflated(startup),
    messages: messagesOf(inflated(read)),
  }));
}
