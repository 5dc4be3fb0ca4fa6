/**
 * The entrance of the command line: runs one command, turns whatever it throws into text (and JSON) and an exit code.
 *
 * stdout carries results, stderr everything else. Commands are loaded when they are called: `--help` loads no driver.
 * Exit codes: 0 done, 1 bug, 2 usage, 3 source, 4 lake, 5 data, 130 interrupted.
 */
import { DraculaError, serializeError, toDraculaError } from '../errors.ts';
import { renderError } from '../observe/error-text.ts';
import { printableText } from '../observe/printable-text.ts';
import type { Host } from './host.ts';
import { watchInterrupts } from './interrupt.ts';
import { guardProcess } from './process-guard.ts';
import { createRedactor } from './redact.ts';
import { hasPrintedJson, messageStream, openSession, printJson, type Session, wantsColor } from './session.ts';

/** Runs `argv` (without node and script) in `host`; resolves with the exit code and never rejects. */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  const redact = createRedactor(argv, host.env);
  const interrupts = watchInterrupts(
    host,
    (line) => host.stderr.write(`${line}\n`),
    (error) => {
      if (argv.includes('--json') && !hasPrintedJson(session)) void printJson(session, failureDocument(error));
    },
  );
  const session = openSession(host, interrupts.signal, redact, wantsColor(argv, host));
  const guard = guardProcess(host, (error) => reportFailure(argv, session, error));
  const code = await runCommand(argv, session);
  interrupts.finish(code);
  guard.exitSoon(code);
  guard.dispose();
  return code;
}

async function runCommand(argv: readonly string[], session: Session): Promise<number> {
  try {
    const { runProgram } = await import('./program.ts');
    return await runProgram(argv, session);
  } catch (error) {
    return await reportFailure(argv, session, error);
  }
}

async function reportFailure(argv: readonly string[], session: Session, error: unknown): Promise<number> {
  const failure = asFailure(session, error);
  const stderr = messageStream(session);
  stderr.write(`${renderError(serializeError(failure), { color: session.color })}\n`);
  if (session.env['DRACULA_DEBUG'] === '1') stderr.write(`${printableText(describeStacks(failure))}\n`);
  else if (failure.code === 'E_INTERNAL') stderr.write('  (DRACULA_DEBUG=1 shows the stack)\n');
  if (argv.includes('--json') && !hasPrintedJson(session)) await printJson(session, failureDocument(failure));
  return failure.exitCode;
}

function failureDocument(failure: DraculaError) {
  return { format: 1, error: serializeError(failure) } as const;
}

/** After Ctrl-C every error is a consequence of it: of a cancelled query, a closed socket, an aborted wait. */
function asFailure(session: Session, error: unknown): DraculaError {
  const failure = isFolderGone(error) ? folderGone() : toDraculaError(error);
  if (!session.signal.aborted || failure.code === 'E_INTERRUPTED') return failure;
  return session.signal.reason instanceof DraculaError ? session.signal.reason : failure;
}

/** What `process.cwd()` throws, whoever asks for it first. */
function isFolderGone(error: unknown): boolean {
  return (error as { syscall?: unknown } | null)?.syscall === 'uv_cwd';
}

function folderGone(): DraculaError {
  return new DraculaError('E_USAGE', 'The working directory does not exist any more: change into one that does.');
}

/** Stacks only, of the error and its causes: their other properties may hold connection settings. */
function describeStacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describeStacks(error.cause)}`;
}
