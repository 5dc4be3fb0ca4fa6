/**
 * Where a copy ends up: a lake, with a version per dataset, or one file. Both are entered before a row is read, and left either by
 * a commit or by removing what was written.
 */
import { statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TablePlan } from '../core/copy-plan.ts';
import type { TableSchema } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { DraftPart } from '../lake/dataset-store.ts';
import type { DatasetVersion } from '../lake/dataset-version.ts';
import { type Lake, openLake } from '../lake/lake.ts';
import { partName } from '../lake/layout.ts';
import type { JsonObject } from '../lake/metadata-json.ts';
import { createPartFile, finishPartFile, openSharedPartFile } from '../lake/part-file.ts';
import { prepareSingleFile } from '../lake/single-file.ts';
import { encodeFileHeader } from '../parquet/file-header.ts';
import { encodeFileTail } from '../parquet/file-tail.ts';
import type { PartTarget, WrittenPart } from './worker-protocol.ts';

/** What a finished table has to show. */
export interface TableResult {
  readonly plan: TablePlan;
  /** Of the dataset and of what was set aside. */
  readonly parts: readonly WrittenPart[];
  readonly rows: number;
  /** Default: none. */
  readonly asideRows?: number;
  readonly source: DatasetVersion['source'];
  readonly summary: JsonObject;
  readonly keyValues: Readonly<Record<string, string>>;
  /** Looks at the finished files before they are published, and at those of rows set aside; what it throws keeps them from it. Absolute paths. */
  readonly check?: (files: readonly string[], asideFiles: readonly string[]) => Promise<void>;
}

export interface Committed {
  /** Null for a single file. */
  readonly version: number | null;
  readonly bytes: number;
  readonly parts: number;
}

/** One table's place in the target, from before its first row to its commit. */
export interface TableTarget {
  readonly parts: PartTarget;
  /** For rows that are set aside; null where none are. */
  readonly quarantine: PartTarget | null;
  /** Aborted, with its reason, when another run took the dataset over. */
  readonly lost: AbortSignal | null;
  /** Removes a part that was dropped. */
  removePart(part: WrittenPart): Promise<void>;
  commit(result: TableResult): Promise<Committed>;
  /** Removes what this run wrote of the table. */
  abandon(): Promise<void>;
}

export interface CopyTarget {
  begin(plan: TablePlan): Promise<TableTarget>;
}

export interface TargetOptions {
  readonly target: string;
  readonly runId: string;
  readonly force: boolean;
  readonly createdBy: string;
}

export function isSingleFile(target: string): boolean {
  return target.endsWith('.parquet');
}

/** Opens the lake, or checks the file's place. Nothing of a table is made yet. */
export async function openTarget(options: TargetOptions): Promise<CopyTarget> {
  if (isSingleFile(options.target)) return { begin: () => beginFile(options) };
  const lake = await openLake(options.target, { create: true });
  return { begin: (plan) => beginDataset(lake, plan, options) };
}

async function beginDataset(lake: Lake, plan: TablePlan, { runId, createdBy }: TargetOptions): Promise<TableTarget> {
  const run = await lake.dataset(plan.dataset).beginRun(runId, { quarantines: plan.quarantine !== undefined });
  const nextPart = new SharedArrayBuffer(4);
  return {
    parts: { kind: 'folder', folder: run.folder, nextPart },
    quarantine:
      run.quarantineFolder === null
        ? null
        : { kind: 'folder', folder: run.quarantineFolder, nextPart: new SharedArrayBuffer(4) },
    lost: run.lost,
    async removePart({ name, isAside }) {
      const folder = isAside ? run.quarantineFolder! : run.folder;
      // What stays behind is named by no version: it goes with the run's folder, or when the next run clears up.
      if (name !== null) await unlink(join(folder, name)).catch(() => undefined);
    },
    async commit({ plan: table, parts, rows, asideRows = 0, source, summary, keyValues, check }) {
      const ofRows = draftParts(parts.filter(({ isAside }) => !isAside));
      const ofAside = draftParts(parts.filter(({ isAside }) => isAside));
      const written = ofRows.length > 0 ? ofRows : [writeEmptyPart(run.folder, nextPart, table, keyValues, createdBy)];
      await check?.(
        written.map(({ name }) => join(run.folder, name)),
        ofAside.map(({ name }) => join(run.quarantineFolder!, name)),
      );
      const version = await run.commit(
        { source, schema: versionSchema(table.schema), rows, summary, parts: written },
        table.quarantine === undefined
          ? null
          : { source, schema: versionSchema(table.quarantine.schema), rows: asideRows, summary, parts: ofAside },
      );
      return { version: version.version, bytes: version.bytes, parts: written.length };
    },
    abandon: () => run.abandon(),
  };
}

function draftParts(parts: readonly WrittenPart[]): DraftPart[] {
  return parts.map(({ name, rows, bytes }) => ({ name: name!, rows, bytes }));
}

function versionSchema({ columns, readers }: TableSchema): DatasetVersion['schema'] {
  return {
    ...(readers === undefined ? {} : { readers }),
    columns: columns.map(({ name, fieldId, type, source: { pgType }, comment, awkward }) => ({
      name,
      fieldId,
      type,
      pgType,
      awkward: awkward ?? 'fail',
      ...(comment === undefined ? {} : { comment }),
    })),
  };
}

/** A table without rows is still a file with the right types. */
function writeEmptyPart(
  folder: string,
  nextPart: SharedArrayBuffer,
  plan: TablePlan,
  keyValues: Readonly<Record<string, string>>,
  createdBy: string,
) {
  const name = partName(Atomics.add(new Int32Array(nextPart), 0, 1));
  const header = encodeFileHeader();
  const tail = encodeFileTail(plan.schema, [], keyValues, createdBy, header.length).bytes;
  const file = createPartFile(join(folder, name));
  finishPartFile(file, Buffer.concat([header, tail]));
  return { name, rows: 0, bytes: file.bytes };
}

async function beginFile({ target, runId, force, createdBy }: TargetOptions): Promise<TableTarget> {
  const single = await prepareSingleFile(target, { runId, force });
  const end = new SharedArrayBuffer(8);
  try {
    finishPartFile(openSharedPartFile(single.temporaryPath, end), encodeFileHeader());
  } catch (error) {
    await single.abandon().catch(() => undefined); // why it could not be written tells more
    throw error;
  }
  return {
    parts: { kind: 'file', path: single.temporaryPath, end },
    quarantine: null,
    lost: null,
    async removePart() {
      // Its row groups are not named by the footer: a few dead bytes in the file.
    },
    async commit({ plan, parts, rows, keyValues, check }) {
      const rowGroups = parts.flatMap((part) => part.rowGroups);
      const fileOffset = Number(new BigInt64Array(end)[0]);
      const tail = encodeFileTail(plan.schema, rowGroups, keyValues, createdBy, fileOffset);
      if (tail.rows !== rows)
        throw new DraculaError(
          'E_INTERNAL',
          `${rows} rows were read, the file holds ${tail.rows}. Nothing was published.`,
        );
      finishPartFile(openSharedPartFile(single.temporaryPath, end), tail.bytes);
      await check?.([single.temporaryPath], []);
      await single.publish();
      return { version: null, bytes: statSync(single.path).size, parts: 1 };
    },
    abandon: () => single.abandon(),
  };
}
