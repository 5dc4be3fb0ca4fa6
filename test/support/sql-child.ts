/** `node sql-child.ts <url>`: runs the JSON array of statements on stdin, and prints the rows of the last as JSON. */
import { text } from 'node:stream/consumers';
import pg from 'pg';

const client = new pg.Client({
  connectionString: process.argv[2]!,
  types: { getTypeParser: () => (value: string | null) => value },
});
await client.connect();
try {
  await client.query("SET lock_timeout = '5s'");
  let rows: unknown[] = [];
  for (const statement of JSON.parse(await text(process.stdin)) as string[])
    rows = (await client.query(statement)).rows;
  process.stdout.write(JSON.stringify(rows));
} finally {
  await client.end();
}
