/**
 * Makes the corpus of the wire's tests anew, test/support/wire/captured-*.json, from the embedded server: single values by each
 * type's send function, rows, and whole conversations of a reader with the server, as a proxy between them sees them. Types of PostGIS
 * and pgvector stay as they were captured from servers that have these.
 *
 *   node scripts/capture-wire.ts && npx biome check --write test/support/wire
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { deflateSync } from 'node:zlib';
import pg from 'pg';
import type { LogicalType } from '../src/core/logical-type.ts';
import type { WireForm } from '../src/core/wire-form.ts';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.ts';
import { INT4, messagesOf } from '../test/support/wire/captured-conversations.ts';
import { CAPTURED_COLUMNS } from '../test/support/wire/captured-rows.ts';
import type { WireColumn } from '../test/support/wire/decode-rows.ts';
import { wireRows } from '../test/support/wire/wire-rows.ts';

interface ValueCapture {
  readonly server: string;
  readonly query: string;
  readonly type: LogicalType;
  wire: WireForm;
  bytes: (string | null)[];
  values: unknown[];
}
interface ValuesFile {
  readonly setup: { readonly postgres: string };
  /** OIDs that the server gave to types of the setup. */
  oids: Record<string, number>;
  readonly captures: ValueCapture[];
}
interface RowsFile {
  about: string;
  readonly query: string;
  oids: Record<string, number>;
  stream: string[];
  text: (string | null)[][];
}

const OWN_TYPES = ['inner_part', 'outer_part'];
const RAW = { getTypeParser: () => (text: string) => text };
const MOOD = `CREATE TYPE mood AS ENUM ('sad', 'ж🧛');`;
/** A notice of each row, between them. */
const TOLD = `CREATE FUNCTION told(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', i; RETURN i; END $$;`;
const CONVERSATION_ROWS = 20;
const READY_FOR_QUERY = 0x5a;

const folder = new URL('../test/support/wire/', import.meta.url);
const load = <T>(name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T;
const save = (name: string, content: unknown) =>
  writeFileSync(new URL(name, folder), `${JSON.stringify(content, null, 2)}\n`);
const lines = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,100}/g) ?? [];

const server = await startEmbeddedPostgres();
const client = new pg.Client({ connectionString: server.url });
await client.connect();
try {
  const values = load<ValuesFile>('captured-values.json');
  const rows = load<RowsFile>('captured-rows.json');
  await client.query(`${MOOD} ${TOLD} ${values.setup.postgres} SET TimeZone = 'UTC'`);
  await captureValues(values);
  await captureRows(rows);
  await captureConversations(values, rows);
} finally {
  await client.end();
  await server.stop();
}

async function captureValues(file: ValuesFile): Promise<void> {
  const oids = await oidsOfOwnTypes();
  const renumbered = new Map(OWN_TYPES.map((name) => [file.oids[name], oids[name]]));
  const own = file.captures.filter((capture) => !capture.server.includes(','));
  for (const capture of own) {
    const { rows } = await client.query<{ bytes: string | null; value: unknown }>(capture.query);
    capture.bytes = rows.map(({ bytes }) => bytes);
    // A null is not what `format` makes of one.
    capture.values = rows.map(({ bytes, value }) => (bytes === null ? null : value));
    capture.wire = JSON.parse(JSON.stringify(capture.wire), (key, value) =>
      key === 'typeOid' || key === 'elementOid' ? (renumbered.get(value) ?? value) : value,
    ) as WireForm;
  }
  file.oids = oids;
  save('captured-values.json', file);
}

async function oidsOfOwnTypes(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ typname: string; oid: number }>(
    'SELECT typname, oid FROM pg_type WHERE typname = ANY ($1) ORDER BY typname',
    [OWN_TYPES],
  );
  return Object.fromEntries(rows.map(({ typname, oid }) => [typname, oid]));
}

async function captureRows(file: RowsFile): Promise<void> {
  const { rows, fields } = await client.query<(string | null)[]>({ text: file.query, rowMode: 'array', types: RAW });
  file.oids = Object.fromEntries(fields.map(({ name, dataTypeID }) => [name, dataTypeID]));
  file.stream = lines(await wireRows({ url: server.url, text: file.query, columns: CAPTURED_COLUMNS }));
  file.text = rows;
  save('captured-rows.json', file);
}

/** Every column of captured-rows.json and every value of captured-values.json, side by side, in the columns of captured-conversations.ts. */
async function captureConversations(values: ValuesFile, rows: RowsFile): Promise<void> {
  const own = values.captures.filter((capture) => !capture.server.includes(','));
  const parts = own.map(({ query, bytes }, c) => {
    const from = query.slice(query.lastIndexOf(' FROM (VALUES'));
    return `(SELECT v${from} OFFSET k % ${bytes.length} LIMIT 1) AS v${c}`;
  });
  const columns: WireColumn[] = [INT4, ...CAPTURED_COLUMNS, ...own.map(({ type, wire }) => ({ type, wire }))];
  // Without a sort, which would have all notices come before the rows.
  const query = (told: string) =>
    `SELECT ${told} AS told, r.*, ${parts.join(', ')} FROM generate_series(0, ${CONVERSATION_ROWS - 1}) k
       CROSS JOIN LATERAL (${rows.query} OFFSET k % ${rows.text.length} LIMIT 1) r`;
  const conversations = [
    { name: 'notices between rows, in slices of 3', query: query('told(k)'), sliceRows: 3 },
    { name: 'an error within the third slice', query: query('12 / (13 - k)'), sliceRows: 5 },
  ];
  const captured = [];
  for (const { name, query: text, sliceRows } of conversations) {
    const { fields } = await client.query(`${text} LIMIT 0`);
    const messages = await overhear((url) => wireRows({ url, text, columns, sliceRows }));
    captured.push({ name, query: text, sliceRows, typeOids: fields.map(({ dataTypeID }) => dataTypeID), ...messages });
  }
  save('captured-conversations.json', {
    about:
      'All that PostgreSQL sent to a reader of these rows, deflated, in base64: `startup` until it was ready for the first query, `read` behind that.',
    conversations: captured,
  });
}

/** What the server sends to the connection that reads rows while `talk` goes on, until its transaction ends. */
async function overhear(talk: (url: string) => Promise<unknown>): Promise<{ startup: string[]; read: string[] }> {
  const heard: { sent: Buffer[]; received: Buffer[] }[] = [];
  const proxy = createServer((reader) => {
    const connection = { sent: [] as Buffer[], received: [] as Buffer[] };
    heard.push(connection);
    const upstream = connect(server.port, server.host);
    for (const socket of [reader, upstream]) socket.on('error', () => undefined); // the reader breaks off
    reader.on('data', (bytes) => connection.sent.push(bytes)).pipe(upstream);
    upstream.on('data', (bytes) => connection.received.push(bytes)).pipe(reader);
  });
  const url = new URL(server.url);
  url.port = String(await listening(proxy));
  await talk(url.href).catch((error: { code?: string }) => {
    if (error.code !== '22012') throw error; // the error that is to be captured
  });
  proxy.close();
  const { received } = heard.find(({ sent }) => Buffer.concat(sent).includes('dracula_read'))!;
  const messages = messagesOf(Buffer.concat(received));
  const start = messages.findIndex((message) => message[0] === READY_FOR_QUERY) + 1;
  const committed = messages.findIndex((message) => message.includes('COMMIT\0'));
  return {
    startup: deflated(messages.slice(0, start)),
    read: deflated(messages.slice(start, committed === -1 ? undefined : committed)),
  };
}

async function listening(proxy: Server): Promise<number> {
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  return (proxy.address() as { port: number }).port;
}

function deflated(messages: readonly Buffer[]): string[] {
  return lines(deflateSync(Buffer.concat(messages), { level: 9 }));
}
