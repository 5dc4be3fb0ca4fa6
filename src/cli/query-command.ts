/** `dracula query`: SQL over the lake; the result on stdout or in a file, as the engine gives it: data is never redacted. */
import { open } from 'node:fs/promises';
import type { LakeEngine } from '../engine/duckdb.ts';
import { formatCsv, formatJson } from '../engine/result-format.ts';
import { formatTable } from '../engine/result-table.ts';
import { DraculaError } from '../errors.ts';
import { writeError } from '../lake/file-error.ts';
import { formatPlural } from '../observe/number-format.ts';
import { chooseLake } from './lake-choice.ts';
import { openLakeEngine } from './lake-engine.ts';
import { type OutputFile, prepareOutputFile } from './output-file.ts';
import type { QueryFlags } from './query-flags.ts';
import { QUERY_FORMATS, type QueryFormat } from './query-format.ts';
import { columnsOf, messageStream, printData, type Session } from './session.ts';

/** Resolves with 0. */
export async function runQuery(sql: string, flags: QueryFlags, session: Session): Promise<number> {
  const format = chooseFormat(flags);
  const lake = chooseLake(flags.lake, session.env);
  if (flags.output === undefined) await printResult(lake, sql, format, session);
  else await writeResult(lake, sql, format, flags.output, session);
  return 0;
}

/** `--format`, else what the output's name ends in, else a table. */
function chooseFormat({ format, output }: QueryFlags): QueryFormat {
  if (output === '-')
    throw new DraculaError(
      'E_USAGE',
      '--output takes a file; without it the result goes to stdout. A file of that name is ./-',
    );
  const chosen = format ?? QUERY_FORMATS.find((candidate) => output?.endsWith(`.${candidate}`)) ?? 'table';
  if (chosen === 'parquet' && output === undefined) {
    throw new DraculaError('E_USAGE', '--format parquet needs a file: add --output result.parquet.');
  }
  return chosen;
}

async function printResult(lake: string, sql: string, format: QueryFormat, session: Session): Promise<void> {
  const engine = await openLakeEngine(lake);
  try {
    const width = session.stdout.isTTY === true ? columnsOf(session.stdout) : Number.POSITIVE_INFINITY;
    for await (const piece of formatResult(engine, sql, format, width, session)) {
      // The reader has gone (`| head`): the rest would be computed for nobody.
      if (!(await printData(session, piece))) return;
    }
  } finally {
    await engine.close();
  }
}

async function writeResult(
  lake: string,
  sql: string,
  format: QueryFormat,
  path: string,
  session: Session,
): Promise<void> {
  const file = await prepareOutputFile(path, lake);
  const engine = await openLakeEngine(lake, { outputPath: file.temporaryPath });
  try {
    if (format === 'parquet') {
      const rows = await engine.writeParquet(sql, { signal: session.signal });
      messageStream(session).write(`${formatPlural(rows, 'row')} in ${path}\n`);
    } else {
      await writePieces(file, formatResult(engine, sql, format, Number.POSITIVE_INFINITY, session));
    }
    await file.finish();
  } finally {
    await file.discard();
    await engine.close();
  }
}

async function* formatResult(
  engine: LakeEngine,
  sql: string,
  format: QueryFormat,
  width: number,
  session: Session,
): AsyncGenerator<string> {
  const result = await engine.query(sql, { signal: session.signal });
  if (format === 'json') yield* formatJson(result);
  else if (format === 'csv') yield* formatCsv(result);
  else yield* formatTable(result, { width });
}

async function writePieces(file: OutputFile, pieces: AsyncIterable<string>): Promise<void> {
  try {
    const handle = await open(file.temporaryPath, 'wx');
    try {
      for await (const piece of pieces) await handle.appendFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw writeError(cause, 'write the result', file.temporaryPath);
  }
}
