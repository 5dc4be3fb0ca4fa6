/** TCP servers on loopback that are not PostgreSQL, or break off: what a client may meet at a wrong address. */
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakeServer {
  readonly port: number;
  /** Sockets that are open now. */
  readonly open: ReadonlySet<Socket>;
}

/** Calls `serve` for each connection; closed with all its connections at the end of the test. */
export async function startFakeServer(serve: (socket: Socket) => void): Promise<FakeServer> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}); // the client breaks off: what these tests are about
    socket.on('close', () => open.delete(socket));
    socket.resume();
    serve(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    return new Promise<void>((done) => void server.close(() => done()));
  });
  return { port: (server.address() as { port: number }).port, open };
}

/** A message of PostgreSQL's protocol: its type, its length, its content. */
export function message(type: string, content: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

/** AuthenticationOk, or the request for another method. */
export function authentication(method: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt32BE(method);
  return message('R', content);
}

export function errorResponse(sqlstate: string, text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`));
}

export const READY_FOR_QUERY = message('Z', Buffer.from('I'));
