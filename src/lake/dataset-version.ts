/**
 * One committed state of a dataset, and its form on disk: `metadata/v<N>.json`, small, written once and never changed.
 *
 * Paths are relative to the dataset's folder, so that a lake can be moved. Counts are exact integers; `committedAt` is
 * ISO 8601 in UTC and never goes back from one version to the next.
 */
import type { TableName } from '../core/copy-plan.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import { READERS, type Reader } from '../core/reader.ts';
import { AWKWARD_POLICIES, type AwkwardPolicy } from '../core/table-schema.ts';
import { checkFormat, type JsonObject, type MetadataObject, parseMetadata } from './metadata-json.ts';

/** The format that this program writes. */
export const VERSION_FORMAT = 1;

export type VersionConsistency = 'run' | 'table' | 'chunk';

/** Where the rows came from. */
export interface VersionSource {
  /** Null for a query. */
  readonly table: TableName | null;
  /** As the server gives it: `18.1`. */
  readonly serverVersion: string;
  /** The exported snapshot that all rows are of; null where there was not just one. */
  readonly snapshot: string | null;
  readonly consistency: VersionConsistency;
  /** Only the rows of a condition of the user's. Its text is not kept: it may hold values. */
  readonly isFiltered?: true;
}

export interface VersionColumn {
  readonly name: string;
  readonly fieldId: number;
  readonly type: LogicalType;
  /** `format_type` of Postgres: `numeric(15,2)`. */
  readonly pgType: string;
  readonly comment?: string;
  /** What became of values that the type cannot hold; absent in versions that do not tell. */
  readonly awkward?: AwkwardPolicy;
}

export interface VersionPart {
  /** Relative to the dataset's folder, with `/`: `data/<run id>/part-00000.parquet`. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface DatasetVersion {
  readonly formatVersion: 1;
  /** From 1, without a gap. */
  readonly version: number;
  /** Unique: by it a writer knows its own version again. */
  readonly commitId: string;
  readonly runId: string;
  readonly committedAt: string;
  readonly dataset: string;
  readonly source: VersionSource;
  readonly schema: {
    readonly columns: readonly VersionColumn[];
    /** For whom the parts are written; absent: for everybody (`DEFAULT_READERS`). */
    readonly readers?: readonly Reader[];
  };
  readonly parts: readonly VersionPart[];
  readonly rows: number;
  readonly bytes: number;
  /** What the run did and paid; free form, for people and reports. */
  readonly summary: JsonObject;
}

const CONSISTENCIES = ['run', 'table', 'chunk'] as const satisfies readonly VersionConsistency[];

const PARSE_TYPE: { readonly [K in LogicalKind]: (fields: MetadataObject) => LogicalTypeOf<K> } = {
  bool: () => ({ kind: 'bool' }),
  int16: () => ({ kind: 'int16' }),
  int32: () => ({ kind: 'int32' }),
  int64: () => ({ kind: 'int64' }),
  uint32: () => ({ kind: 'uint32' }),
  float32: () => ({ kind: 'float32' }),
  float64: () => ({ kind: 'float64' }),
  decimal: (f) => ({ kind: 'decimal', precision: f.count('precision'), scale: f.count('scale') }),
  text: () => ({ kind: 'text' }),
  bytes: () => ({ kind: 'bytes' }),
  uuid: () => ({ kind: 'uuid' }),
  json: (f) => ({ kind: 'json', ...(f.has('wellFormed') ? { wellFormed: true } : {}) }),
  date: () => ({ kind: 'date' }),
  time: (f) => ({ kind: 'time', ...(f.has('below24h') ? { below24h: true } : {}) }),
  timestamp: (f) => ({ kind: 'timestamp', utc: f.flag('utc') }),
  geometry: (f) => ({
    kind: 'geometry',
    geography: f.flag('geography'),
    srid: f.has('srid') ? f.count('srid') : null,
    ...(f.has('basic') ? { basic: true } : {}),
  }),
  list: (f) => ({ kind: 'list', element: parseType(f.object('element')) }),
  struct: (f) => ({
    kind: 'struct',
    fields: f.objects('fields').map((field) => ({ name: field.text('name'), type: parseType(field.object('type')) })),
  }),
  map: (f) => ({ kind: 'map', value: parseType(f.object('value')) }),
};
const KINDS = Object.keys(PARSE_TYPE) as LogicalKind[];

export function formatVersion(version: DatasetVersion): string {
  return `${JSON.stringify(version, null, 2)}\n`;
}

/** Reads `v<N>.json`. `path` is for the errors; `expected` is what the file's place says. */
export function parseVersion(
  text: string,
  path: string,
  expected: { readonly version: number; readonly dataset: string },
): DatasetVersion {
  const file = parseMetadata(text, path);
  checkFormat(file, 'formatVersion', VERSION_FORMAT, path);
  const version: DatasetVersion = {
    formatVersion: VERSION_FORMAT,
    version: file.count('version'),
    commitId: file.text('commitId'),
    runId: file.text('runId'),
    committedAt: parseTime(file, 'committedAt'),
    dataset: file.text('dataset'),
    source: parseSource(file.object('source')),
    schema: parseSchema(file.object('schema')),
    parts: file.objects('parts').map(parsePart),
    rows: file.count('rows'),
    bytes: file.count('bytes'),
    summary: file.object('summary').value,
  };
  if (version.version !== expected.version) throw file.corrupt(`it says that it is version ${version.version}`);
  if (version.dataset !== expected.dataset) throw file.corrupt('it belongs to another dataset');
  return version;
}

function parseTime(file: MetadataObject, key: string): string {
  const text = file.text(key);
  if (Number.isNaN(Date.parse(text))) throw file.corrupt(`"${key}" is not a time`);
  return text;
}

function parseSource(source: MetadataObject): VersionSource {
  const table = source.objectOrNull('table');
  return {
    table: table === null ? null : { namespace: table.text('namespace'), name: table.text('name') },
    serverVersion: source.text('serverVersion'),
    snapshot: source.textOrNull('snapshot'),
    consistency: source.oneOf('consistency', CONSISTENCIES),
    ...(source.has('isFiltered') && source.flag('isFiltered') ? { isFiltered: true } : {}),
  };
}

function parseSchema(schema: MetadataObject): DatasetVersion['schema'] {
  const columns = schema.objects('columns').map(parseColumn);
  if (!schema.has('readers')) return { columns };
  return { columns, readers: schema.listOf('readers', READERS) };
}

function parseColumn(column: MetadataObject): VersionColumn {
  const comment = column.textOrNull('comment');
  return {
    name: column.text('name'),
    fieldId: column.count('fieldId'),
    type: parseType(column.object('type')),
    pgType: column.text('pgType'),
    ...(comment === null ? {} : { comment }),
    ...(column.has('awkward') ? { awkward: column.oneOf('awkward', AWKWARD_POLICIES) } : {}),
  };
}

function parseType(type: MetadataObject): LogicalType {
  return PARSE_TYPE[type.oneOf('kind', KINDS)](type);
}

/** A part is always below the dataset's own `data/`: a path that leads out of it is refused, whoever wrote it. */
function parsePart(part: MetadataObject): VersionPart {
  const path = part.text('path');
  const names = path.split('/');
  if (
    names[0] !== 'data' ||
    names.length < 3 ||
    names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\\'))
  ) {
    throw part.corrupt(`the part ${JSON.stringify(path)} is not below data/`);
  }
  return { path, rows: part.count('rows'), bytes: part.count('bytes') };
}
