/** Changes of a server's messages as a whole: their types, lengths and order, what is between them, and bytes within. */
import { changeBytes, type Random } from './mutations.ts';

export interface MutatedMessages {
  readonly how: string;
  readonly stream: Buffer;
  /** Messages that are other than they were, or in another place. */
  readonly touched: readonly number[];
}

type Change = (messages: Buffer[], m: number, random: Random, others: readonly Buffer[]) => number[];

const LENGTHS = [0, 3, 4, 5, 6, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const TYPES = [...'123ACDEGHIKNRSTVWZcdnstv', '\0', '?', '\u00ff'].map((type) => type.charCodeAt(0));

function copyAt(messages: Buffer[], m: number): Buffer {
  const copy = Buffer.from(messages[m]!);
  messages[m] = copy;
  return copy;
}

const CHANGES: Readonly<Record<string, Change>> = {
  'another type': (messages, m, random) => {
    copyAt(messages, m)[0] = TYPES[random(TYPES.length)]!;
    return [m];
  },
  'another length': (messages, m, random) => {
    const message = copyAt(messages, m);
    const near = message.readUInt32BE(1) + random(17) - 8;
    message.writeUInt32BE(random(2) === 0 ? Math.max(0, near) : LENGTHS[random(LENGTHS.length)]!, 1);
    return [m];
  },
  'another count or length within': (messages, m, random) => {
    const message = copyAt(messages, m);
    if (message.length < 9) return [m];
    const at = 5 + random(message.length - 8);
    message.writeUInt32BE(LENGTHS[random(LENGTHS.length)]!, at);
    return [m];
  },
  'bytes within': (messages, m, random) => {
    const message = copyAt(messages, m);
    const at = random(message.length);
    changeBytes(random, message, at, Math.min(1 + random(4), message.length - at));
    return [m];
  },
  'bytes lost': (messages, m, random) => {
    const message = messages[m]!;
    const at = random(message.length);
    messages[m] = Buffer.concat([message.subarray(0, at), message.subarray(at + 1 + random(9))]);
    return [m];
  },
  'bytes that nobody sent': (messages, m, random) => {
    const message = messages[m]!;
    const at = random(message.length);
    const noise = Buffer.from(Array.from({ length: 1 + random(9) }, () => random(256)));
    messages[m] = Buffer.concat([message.subarray(0, at), noise, message.subarray(at)]);
    return [m];
  },
  'the end': (messages, m, random) => {
    const message = messages[m]!;
    messages.splice(m, messages.length, message.subarray(0, random(message.length)));
    return [m];
  },
  'one left out': (messages, m) => {
    messages.splice(m, 1);
    return [m];
  },
  'one twice': (messages, m) => {
    messages.splice(m, 0, messages[m]!);
    return [m];
  },
  'two exchanged': (messages, m, random) => {
    const n = random(messages.length);
    [messages[m], messages[n]] = [messages[n]!, messages[m]!];
    return [m, n];
  },
  'one of another place': (messages, m, random, others) => {
    messages[m] = others[random(others.length)]!;
    return [m];
  },
  'the head of one and the tail of another': (messages, m, random, others) => {
    const [head, tail] = [messages[m]!, others[random(others.length)]!];
    messages[m] = Buffer.concat([head.subarray(0, random(head.length)), tail.subarray(random(tail.length))]);
    return [m];
  },
};
const NAMES = Object.keys(CHANGES);

/** `others`: messages that may come in place of these. */
export function mutateMessages(
  messages: readonly Buffer[],
  others: readonly Buffer[],
  random: Random,
): MutatedMessages {
  const how = NAMES[random(NAMES.length)]!;
  const mutated = [...messages];
  const touched = CHANGES[how]!(mutated, random(messages.length), random, others);
  return { how, stream: Buffer.concat(mutated), touched };
}
