/** A reading connection that cannot be opened, against a server that would go on talking. */
import { expect, it } from 'vitest';
import { resolveConnection } from '../../../src/postgres/connection-config.ts';
import { ReaderConnection } from '../../../src/postgres/reader-connection.ts';
import { errorResponse, startFakeServer } from '../../support/fake-server.ts';

it('is closed at once, so that nothing is read into a buffer that the next connection uses', async () => {
  const server = await startFakeServer((socket) =>
    socket.once('data', () => socket.write(errorResponse('28P01', 'password authentication failed'))),
  );
  const connection = await resolveConnection({ url: `postgres://a:b@127.0.0.1:${server.port}/c`, env: {} });
  const opening = ReaderConnection.open({ connection, maxRowBytes: 1 << 20, cutBytes: null });
  await expect(opening).rejects.toMatchObject({ code: '28P01' });
  await expect.poll(() => server.open.size).toBe(0);
});
