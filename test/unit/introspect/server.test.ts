import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { readServer } from '../../../src/introspect/server.ts';

// No binaries of PostgreSQL 11 are at hand: the answer of one takes its place.
test('a server before 12 is refused with its version', async () => {
  const client = { query: async () => ({ rows: [{ version: '11.22', versionNum: 110022 }] }) };
  await expect(readServer(client as unknown as Client)).rejects.toMatchObject({
    code: 'E_SERVER_VERSION',
    message: 'The server is PostgreSQL 11.22; nothing was read.',
  });
});
