/** `dracula copy`: calls the library with what the command line said, shows it at work, prints its report or plan. */
import type { CopyPlan } from '../core/copy-plan.ts';
import { ERROR_CODES } from '../errors.ts';
import { type CopyOptions, copyTables, planTables } from '../index.ts';
import { renderPlan } from '../observe/plan-report.ts';
import { createProgress, type Progress } from '../observe/progress.ts';
import { renderReport } from '../observe/report.ts';
import { renderWarningLabel } from '../observe/run-messages.ts';
import { hasPassword } from './redact.ts';
import { columnsOf, messageStream, print, printJson, type Session } from './session.ts';
import type { CopyFlags } from './to-copy-options.ts';

/** Resolves with the exit code: 0, or the lowest of what went wrong with single tables. */
export async function runCopy(options: CopyOptions, flags: CopyFlags, session: Session): Promise<number> {
  warnOfPassword(options, session);
  return flags.dryRun ? printPlan(options, flags, session) : copy(options, flags, session);
}

async function copy(options: CopyOptions, flags: CopyFlags, session: Session): Promise<number> {
  const progress = openProgress(session, flags.quiet ?? false);
  try {
    const report = await copyTables({ ...options, env: session.env, signal: session.signal, onEvent: progress });
    progress.close();
    if (flags.json) await printJson(session, report);
    else if (!flags.quiet) await print(session, renderReport(report));
    return report.exitCode;
  } finally {
    progress.close();
  }
}

async function printPlan(options: CopyOptions, flags: CopyFlags, session: Session): Promise<number> {
  const progress = openProgress(session, flags.quiet ?? false);
  const plan = await planTables({ ...options, env: session.env, signal: session.signal, onEvent: progress }).finally(
    () => progress.close(),
  );
  if (flags.json) await printJson(session, { format: 1, ...plan });
  else await print(session, renderPlan(plan));
  return exitCodeOf(plan);
}

/** As a run would end: the lowest code of the refused tables. */
function exitCodeOf(plan: CopyPlan): number {
  const codes = plan.refused.map((refused) => ERROR_CODES[refused.error.code].exit);
  return codes.length === 0 ? 0 : Math.min(...codes);
}

/** Progress on the session's stderr. */
export function openProgress(session: Session, quiet: boolean): Progress {
  const { stderr, color } = session;
  return createProgress({
    stream: messageStream(session),
    isTty: stderr.isTTY === true,
    columns: () => columnsOf(stderr),
    rows: () => stderr.rows || 24,
    quiet,
    color,
    signal: session.signal,
  });
}

function warnOfPassword(options: CopyOptions, session: Session): void {
  if (options.url === undefined || !hasPassword(options.url)) return;
  messageStream(session).write(
    `${renderWarningLabel(session.color)} the password in the URL is visible to everybody who can list processes, ` +
      'and stays in the shell history: put the URL into $DATABASE_URL, or the password into PGPASSWORD or ~/.pgpass\n',
  );
}
