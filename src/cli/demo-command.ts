/**
 * `dracula demo`: a shop in an embedded PostgreSQL, copied into a lake, a report over the lake, and what to try next.
 * The server is stopped and removed at the end, however it ends; the lake stays.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { readShopReport, seedShop, startDemoSource } from '../demo/shop.ts';
import { formatTable } from '../engine/result-table.ts';
import { copyTables } from '../index.ts';
import { checkLakePlace } from '../lake/lake.ts';
import { formatCount, formatPlural, formatSeconds } from '../observe/number-format.ts';
import { renderReport } from '../observe/report.ts';
import { openProgress } from './copy-command.ts';
import type { DemoFlags } from './demo-flags.ts';
import { openLakeEngine } from './lake-engine.ts';
import { columnsOf, messageStream, print, printData, type Session } from './session.ts';

const DEMO_LAKE = './demo-lake';

/** Resolves with the exit code of the copy. */
export async function runDemo(flags: DemoFlags, session: Session): Promise<number> {
  const lake = flags.lake ?? DEMO_LAKE;
  const say = flags.quiet ? () => {} : (line: string) => messageStream(session).write(`${line}\n`);
  const startedAt = performance.now();
  // Before a server is started and filled: the folder may hold files of others.
  await checkLakePlace(lake);
  say('starting an embedded PostgreSQL');
  const server = await startDemoSource();
  try {
    session.signal.throwIfAborted();
    await fillShop(server, session, say);
    const exitCode = await copyShop(server, lake, flags, session);
    if (exitCode !== 0) return exitCode;
    await printShopReport(lake, session);
    await print(
      session,
      `\nAll of it took ${formatSeconds((performance.now() - startedAt) / 1000)}. Try next:\n${nextSteps(lake)}`,
    );
    if (flags.keep) await keepRunning(server, session);
    return 0;
  } finally {
    await server.stop('immediate');
  }
}

async function fillShop(server: EmbeddedPostgres, session: Session, say: (line: string) => void): Promise<void> {
  const filling = seedShop(server.url, ({ table, rows, filled, tables }) => {
    say(`filled ${formatCount(filled)} of ${formatPlural(tables, 'table')}: ${table}, ${formatPlural(rows, 'row')}`);
  });
  // When interrupted first, it fails as soon as the server stops.
  filling.catch(() => {});
  await Promise.race([filling, interruption(session)]);
}

function interruption({ signal }: Session): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function copyShop(server: EmbeddedPostgres, lake: string, flags: DemoFlags, session: Session): Promise<number> {
  const progress = openProgress(session, flags.quiet ?? false);
  try {
    // An empty environment: PG* of the user's means another server.
    const options = { url: server.url, target: lake, env: {}, signal: session.signal, onEvent: progress };
    const report = await copyTables(options);
    progress.close();
    await print(session, renderReport(report));
    return report.exitCode;
  } finally {
    progress.close();
  }
}

async function printShopReport(lake: string, session: Session): Promise<void> {
  const sql = await readShopReport();
  // The file begins with a comment that says in words what is asked, up to a colon.
  const question = /^--\s*([^:\n]+)/.exec(sql)?.[1] ?? 'The report';
  await print(session, `\n${question} (examples/shop/report.sql over the lake):\n\n`);
  const engine = await openLakeEngine(lake);
  try {
    const result = await engine.query(sql, { signal: session.signal });
    const width = session.stdout.isTTY === true ? columnsOf(session.stdout) : Number.POSITIVE_INFINITY;
    for await (const piece of formatTable(result, { width })) await printData(session, piece);
  } finally {
    await engine.close();
  }
}

function nextSteps(lake: string): string {
  const folder = shellWord(lake);
  return [
    `npx dracula status --lake ${folder}`,
    `npx dracula query --lake ${folder} "select type, count(*) as events from events group by all order by events desc"`,
    `npx dracula query --lake ${folder} "select state, count(*), sum(total) from orders group by all" --format csv`,
    'npx dracula copy --dry-run postgresql://user@host/database ./lake/     (a database of yours: see what would be read)',
  ]
    .map((command) => `  ${command}\n`)
    .join('');
}

/** As a shell takes it back. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const A_DAY_MS = 86_400_000;

async function keepRunning(server: EmbeddedPostgres, session: Session): Promise<void> {
  await print(session, `\nThe server runs until Ctrl-C:\n  ${server.url}\n`);
  while (!session.signal.aborted) await sleep(A_DAY_MS, undefined, { signal: session.signal }).catch(() => {});
}
