/**
 * Stands between clients and a PostgreSQL server on loopback and passes everything on, until it falls silent: from then on
 * nothing is passed on in either direction, and nobody is told, as on a path that drops packets. New connections are
 * accepted, and meet silence too where all of it is silent.
 */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** By what a connection has asked so far: rows, the export of the snapshot, or anything else. */
export type Role = 'reader' | 'snapshot' | 'control';

export interface SilentProxy {
  readonly port: number;
  /** Falls silent on the connections of this role that are open now, or on all, those to come included. */
  silence(what: Role | 'everything'): void;
  /** Resolves when a reader was sent so many bytes in all. */
  readerWasSent(bytes: number): Promise<void>;
}

interface Passage {
  role: Role;
  silent: boolean;
}

export async function startSilentProxy(upstreamPort: number): Promise<SilentProxy> {
  const passages = new Set<Passage>();
  const sockets = new Set<Socket>();
  const waiting = new Set<{ readonly bytes: number; readonly resolve: () => void }>();
  let everything = false;
  let readerBytes = 0;
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    const passage: Passage = { role: 'control', silent: false };
    passages.add(passage);
    const isSilent = () => everything || passage.silent;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}); // either side may break off
      from.on('close', () => void (isSilent() || to.destroy()));
      from.on('data', (bytes) => {
        if (isSilent()) return;
        if (from === client) passage.role = roleOf(bytes) ?? passage.role;
        else if (passage.role === 'reader') countReader(bytes.length);
        if (!isSilent()) to.write(bytes);
      });
    }
  });
  const countReader = (bytes: number) => {
    readerBytes += bytes;
    for (const one of waiting) if (readerBytes >= one.bytes) waiting.delete(one) && one.resolve();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    silence(what) {
      if (what === 'everything') everything = true;
      for (const passage of passages) if (passage.role === what) passage.silent = true;
    },
    readerWasSent: (bytes) => new Promise((resolve) => void waiting.add({ bytes, resolve })),
  };
}

function roleOf(bytes: Buffer): Role | undefined {
  if (bytes.includes('dracula_read')) return 'reader';
  return bytes.includes('pg_export_snapshot') ? 'snapshot' : undefined;
}
