/**
 * What a user should know of a table before it is read: sentences for `--dry-run` and the log. Pure.
 */
import { formatTable } from '../core/identifiers.ts';
import type { Reader } from '../core/reader.ts';
import { type Column, isReadAsText } from '../core/table-schema.ts';
import type { KeyFacts } from '../introspect/key-facts.ts';
import type { ServerInfo } from '../introspect/server.ts';
import type { SourceRelation, SourceTable } from '../introspect/source-table.ts';
import { formatParquetForm } from '../observe/parquet-form.ts';
import type { CommittedForm } from './dataset-readers.ts';
import { footerColumns } from './footer-columns.ts';
import { isGuessedDecimal } from './guessed-decimal.ts';
import { isBroken } from './sql-ascii-names.ts';

/** What was decided for the table. */
export interface Decisions {
  readonly columns: readonly Column[];
  /** What numerics without precision become was said, not guessed. */
  readonly numericDeclared: boolean;
  readonly sources: readonly SourceRelation[];
  /** Why a partitioned table is read through its root; null where it is not. */
  readonly throughRoot: string | null;
  /** Each read has a snapshot of its own. */
  readonly snapshotPerRead: boolean;
  readonly chunkBy: 'ctid' | 'key' | 'relation' | undefined;
  readonly keyFacts: ReadonlyMap<number, KeyFacts> | undefined;
  readonly readers: readonly Reader[];
  /** The dataset's last version; undefined: it has none. */
  readonly committed: CommittedForm | undefined;
}

/** From here on the first read after a load is worth a word: it may write that much. */
const LEAST_UNSEEN_BYTES = 64 << 20;
/** Below it, rows that are neighbours by key lie all over the table. */
const LEAST_CORRELATION = 0.9;

export function noticesOf(server: ServerInfo, table: SourceTable, decisions: Decisions): string[] {
  return [
    textColumns(decisions.columns),
    guessedDecimals(decisions),
    brokenMetadata(server, table, decisions.columns),
    changedForms(decisions),
    throughRoot(decisions.throughRoot),
    detaching(table),
    inheritors(table),
    hintBits(server, decisions.sources),
    scatteredKey(decisions),
    unorderedKey(decisions),
    movingRows(decisions),
  ].filter((notice) => notice !== null);
}

function textColumns(columns: readonly Column[]): string | null {
  const names = columns
    .filter(isReadAsText)
    .map(({ name, source }) => `${name} (${source.pgType}${source.readAs === 'text[]' ? ', element by element' : ''})`);
  return names.length === 0 ? null : `Read as text: ${names.join(', ')}.`;
}

function guessedDecimals({ columns, numericDeclared }: Decisions): string | null {
  const names = numericDeclared ? [] : columns.filter(isGuessedDecimal).map(({ name }) => name);
  if (names.length === 0) return null;
  return `A guess from the server's statistics: decimal for ${names.join(', ')}. Where a value does not fit, the table is read once more, with that column as text.`;
}

/** Comments, labels and names of types go into the footer as they came. */
function brokenMetadata(server: ServerInfo, { comment }: SourceTable, columns: readonly Column[]): string | null {
  if (!isBroken(server, (comment ?? '') + footerColumns({ columns }))) return null;
  return 'Comments, labels or names of types in this SQL_ASCII database are not UTF-8: in what describes the columns \ufffd stands for what is not.';
}

/** Columns that readers find in another form than before: told, since queries over them may have to change. */
function changedForms({ columns, readers, committed }: Decisions): string | null {
  const changes = columns.flatMap(({ name, type }) => {
    const before = committed?.columns.find((column) => column.name === name);
    if (before === undefined) return [];
    const [was, is] = [formatParquetForm(before.type, committed!.readers), formatParquetForm(type, readers)];
    return was === is ? [] : [`${name} from ${was} to ${is}`];
  });
  return changes.length === 0 ? null : `The form changes for the readers ${readers.join(', ')}: ${changes.join('; ')}.`;
}

function throughRoot(reason: string | null): string | null {
  return reason === null ? null : `All partitions are read in one chunk, through the table itself, since ${reason}.`;
}

function detaching(table: SourceTable): string | null {
  if (table.detaching.length === 0) return null;
  return `Left out, since DETACH CONCURRENTLY is taking it away: ${table.detaching.map(formatTable).join(', ')}.`;
}

function inheritors(table: SourceTable): string | null {
  return table.hasInheritors ? 'Only its own rows: the tables that inherit from it are datasets of their own.' : null;
}

/** The first scan of pages that no VACUUM has seen sets hint bits, and so writes. A standby cannot. */
function hintBits(server: ServerInfo, sources: readonly SourceRelation[]): string | null {
  const blocks = sources.reduce((sum, source) => sum + Math.max(0, source.blocks - source.allVisibleBlocks), 0);
  const bytes = blocks * server.blockSize;
  if (server.isStandby || bytes < LEAST_UNSEEN_BYTES) return null;
  return `Up to ${Math.round(bytes / 1e6)} MB of pages were not vacuumed since they changed: the first read may write them (hint bits). VACUUM before, or read a replica.`;
}

function scatteredKey({ chunkBy, keyFacts, sources }: Decisions): string | null {
  if (chunkBy !== 'key') return null;
  const scattered = sources.filter(({ oid, blocks }) => {
    const correlation = keyFacts?.get(oid)?.correlation;
    return blocks > 0 && correlation != null && Math.abs(correlation) <= LEAST_CORRELATION;
  });
  if (scattered.length === 0) return null;
  const names = scattered.map(({ name }) => formatTable(name)).join(', ');
  return `The key's order is not the physical order in ${names}: each chunk touches the whole table.`;
}

function unorderedKey({ chunkBy, keyFacts, sources }: Decisions): string | null {
  const without = chunkBy === 'key' ? sources.filter(({ oid }) => keyFacts?.get(oid)?.isOutOfOrder) : [];
  if (without.length === 0) return null;
  const names = without.map(({ name }) => formatTable(name)).join(', ');
  return `The statistics of the key are out of order, or in a collation that cannot be asked: one chunk for ${names}. ANALYZE puts them in order; for a collation, USAGE on its namespace is needed.`;
}

function movingRows({ snapshotPerRead, sources }: Decisions): string | null {
  if (!snapshotPerRead || sources.length < 2) return null;
  return 'Each partition is read in snapshots of its own: a row that moves to another one meanwhile may be missed or doubled.';
}
