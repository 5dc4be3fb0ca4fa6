/** The sections of docs/reference/types.md about readers and about other type systems, from the reader table and closed over the kinds. */
import type { LogicalKind } from '../src/core/logical-type.ts';
import { READERS } from '../src/core/reader.ts';
import { type Evidence, FEATURES, READER_TABLE } from '../src/core/reader-table.ts';

/** A value in the rows of a query (src/engine/cell.ts) as TypeScript, and the type of the column in Glue. */
const ELSEWHERE = {
  bool: ['boolean', 'boolean'],
  int16: ['number', 'smallint'],
  int32: ['number', 'int'],
  int64: ['number, bigint beyond 2^53 - 1', 'bigint'],
  uint32: ['number', 'bigint'],
  float32: ['number', 'float'],
  float64: ['number', 'double'],
  decimal: ['string', 'decimal(p,s)'],
  text: ['string', 'string'],
  bytes: ['string: `\\x` and hexadecimal digits', 'binary'],
  uuid: ['string', 'string'],
  json: ['string', 'string'],
  date: ['string', 'date'],
  time: ['string', 'string'],
  timestamp: ['string, with `+00` where it is an instant', 'timestamp'],
  geometry: ['string: `\\x` and hexadecimal digits', 'binary'],
  list: ['array', 'array<…>'],
  struct: ['object', 'struct<…>'],
  map: ['array of `{ key, value }`', 'map<string,…>'],
} as const satisfies Record<LogicalKind, readonly [typescript: string, glue: string]>;

/** One row a kind. */
export function elsewhereTable(): string {
  const rows = Object.entries(ELSEWHERE).map(
    ([kind, [typescript, glue]]) => `| \`${kind}\` | ${typescript} | \`${glue}\` |`,
  );
  return `| logical type | TypeScript | Glue |
| --- | --- | --- |
${rows.join('\n')}
`;
}

/** One row a feature, one column a reader. */
export function readersTable(): string {
  const rows = FEATURES.map((feature) => {
    const { what, cells } = READER_TABLE[feature];
    return `| ${[what, ...READERS.map((reader) => (cells[reader].reads ? 'yes' : 'no'))].join(' | ')} |`;
  });
  return `| | ${READERS.join(' | ')} |
| --- |${' --- |'.repeat(READERS.length)}
${rows.join('\n')}
`;
}

/** What each cell of that table is taken from: `duckdb (all), spark (UUID, TIME)` behind each source. */
export function evidenceList(): string {
  const sources = new Map<string, Map<string, string[]>>();
  for (const feature of FEATURES)
    for (const reader of READERS) {
      const source = describeEvidence(READER_TABLE[feature].cells[reader].evidence);
      const readers = sources.get(source) ?? new Map<string, string[]>();
      readers.set(reader, [...(readers.get(reader) ?? []), feature]);
      sources.set(source, readers);
    }
  return [...sources].map(([source, readers]) => `- ${source}: ${describeCells(readers)}`).join('\n');
}

/** A line of the list. */
export function describeEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'test':
      return `run by \`${evidence.file}\``;
    case 'documentation':
      return `documented: ${evidence.source}`;
  }
}

function describeCells(readers: ReadonlyMap<string, readonly string[]>): string {
  return [...readers]
    .map(([reader, features]) => `${reader} (${features.length === FEATURES.length ? 'all' : features.join(', ')})`)
    .join(', ');
}
