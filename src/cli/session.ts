/**
 * What a command gets of the world: two streams to print on, the environment, the abort signal, and how to look.
 * All text but a query's result goes through the redactor; a result is data, and is written as it is.
 */
import type { TextStream } from '../observe/live-display.ts';
import type { Environment, Host, OutputStream } from './host.ts';
import type { Redact } from './redact.ts';

export interface Session {
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly redact: Redact;
  /** Colour on stderr. */
  readonly color: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** What a parsed command line asks for; resolves with the exit code. */
export type Run = (session: Session) => Promise<number>;

export function openSession(host: Host, signal: AbortSignal, redact: Redact, color: boolean): Session {
  return { env: host.env, signal, redact, color, stdout: host.stdout, stderr: host.stderr };
}

/** Redacted text on stdout. */
export async function print(session: Session, text: string): Promise<void> {
  await printData(session, session.redact(text));
}

/** Data on stdout, byte for byte; false when nobody reads it any more. Resolves when there is room for more. */
export function printData(session: Session, data: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    session.stdout.write(data, (error) => resolve(error === null || error === undefined));
  });
}

/** The one JSON document of a `--json` run. */
export function printJson<T extends { readonly format: 1 }>(session: Session, document: T): Promise<void> {
  documented.add(session);
  return print(session, `${JSON.stringify(document)}\n`);
}

const documented = new WeakSet<Session>();

/** There is one document: who ends the process in between asks before he prints another. */
export function hasPrintedJson(session: Session): boolean {
  return documented.has(session);
}

/** Columns of a terminal; one that tells 0 does not know. */
export function columnsOf(stream: OutputStream): number {
  return stream.columns || 80;
}

/** stderr for messages and progress, redacted. */
export function messageStream(session: Session): TextStream {
  return { write: (text: string) => session.stderr.write(session.redact(text)) };
}

/** Colour only where a person looks at a terminal that wants it (https://no-color.org). */
export function wantsColor(argv: readonly string[], host: Host): boolean {
  const refused = argv.includes('--no-color') || (host.env['NO_COLOR'] ?? '') !== '' || host.env['TERM'] === 'dumb';
  return host.stderr.isTTY === true && !refused;
}
