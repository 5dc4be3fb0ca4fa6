/**
 * docs/reference/types.md and the README's table: Postgres type, logical type, Parquet form and awkward values, as the functions
 * that plan a copy give them. Only the prose about awkward values is written here, in a table closed over the kinds.
 */
import { formatLogicalType, type LogicalKind } from '../src/core/logical-type.ts';
import { type ColumnFacts, columnType, type OpenNumericForm } from '../src/introspect/logical-types.ts';
import { OPEN_NUMERIC_DECIMAL } from '../src/introspect/numeric-statistics.ts';
import type { TypeFacts, TypeTable } from '../src/introspect/type-facts.ts';
import { formatParquetForm } from '../src/observe/parquet-form.ts';

/** A type as pg_type has it, and names to show for it. */
interface Sample {
  readonly shown: string;
  readonly oid: number;
  readonly typmod?: number;
  readonly facts?: Partial<TypeFacts>;
  readonly openNumeric?: OpenNumericForm;
  /** Instead of what the kind says. */
  readonly awkward?: string;
  readonly inReadme?: boolean;
}

const numericTypmod = (precision: number, scale: number): number => ((precision << 16) | (scale & 0x7ff)) + 4;
const NUMERIC = 1700;

const SAMPLES: readonly Sample[] = [
  { shown: '`boolean`', oid: 16, inReadme: true },
  { shown: '`smallint`', oid: 21 },
  { shown: '`integer`', oid: 23, inReadme: true },
  { shown: '`bigint`', oid: 20, inReadme: true },
  { shown: '`oid`', oid: 26 },
  { shown: '`real`', oid: 700 },
  { shown: '`double precision`', oid: 701, inReadme: true },
  { shown: '`numeric(p, s)` of up to 9 digits, as `numeric(9, 2)`', oid: NUMERIC, typmod: numericTypmod(9, 2) },
  { shown: '… up to 18 digits, as `numeric(15, 2)`', oid: NUMERIC, typmod: numericTypmod(15, 2) },
  { shown: '… up to 38 digits, as `numeric(38, 9)`', oid: NUMERIC, typmod: numericTypmod(38, 9) },
  {
    shown: '… more digits, a negative scale, a scale above the precision',
    oid: NUMERIC,
    typmod: numericTypmod(50, 2),
    awkward: '',
  },
  {
    shown: '`numeric` whose statistics on the server fit',
    oid: NUMERIC,
    openNumeric: OPEN_NUMERIC_DECIMAL,
    awkward: 'A value that does not fit: the table is read again with the column as text, once; the report says so',
  },
  { shown: '`numeric` otherwise', oid: NUMERIC, openNumeric: 'text', awkward: '' },
  { shown: '`text`, `varchar`', oid: 25, inReadme: true },
  { shown: '`char(n)`, with its padding', oid: 1042 },
  { shown: '`name`', oid: 19, awkward: '' },
  { shown: 'an enum', oid: 90001, facts: { typtype: 'e' }, awkward: '', inReadme: true },
  { shown: '`bytea`', oid: 17, inReadme: true },
  { shown: '`uuid`', oid: 2950, inReadme: true },
  { shown: '`json`, `jsonb`', oid: 3802, inReadme: true },
  { shown: '`date`', oid: 1082, inReadme: true },
  { shown: '`time`', oid: 1083, inReadme: true },
  { shown: '`timestamp`', oid: 1114, inReadme: true },
  { shown: '`timestamptz`', oid: 1184, inReadme: true },
  {
    shown: 'an array of these, as `date[]`',
    oid: 90002,
    facts: { elementOid: 1082 },
    inReadme: true,
  },
  {
    shown: 'a domain: as its base type, here `numeric(15, 2)`',
    oid: 90003,
    facts: { typtype: 'd', baseOid: NUMERIC, baseTypmod: numericTypmod(15, 2) },
  },
  {
    shown:
      'everything else (`interval`, `timetz`, `money`, `xml`, `inet`, ranges, composites, `hstore`, geometries, …)',
    oid: 1186,
    awkward: 'Read as `column::text`: exactly what the server prints',
    inReadme: true,
  },
];

const UTF8 = 'Bytes that are not valid in a SQL_ASCII database';
const AWKWARD = {
  bool: '',
  int16: '',
  int32: '',
  int64: '',
  uint32: '',
  float32: 'None: NaN, infinities and -0 are kept. A column chunk with a NaN has no bounds',
  float64: 'None: NaN, infinities and -0 are kept. A column chunk with a NaN has no bounds',
  decimal: 'NaN, infinity, overflow',
  text: UTF8,
  bytes: '',
  uuid: '',
  json: UTF8,
  date: 'Infinity; beyond what the form holds',
  time: 'None: 24:00:00 is kept',
  timestamp: 'Infinity; later than 294247-01-10 04:00:54.775807',
  list: 'Those of its elements; more or fewer dimensions than one; a lower bound that is not 1',
} as const satisfies Record<LogicalKind, string>;

export function typesPage(): string {
  return `# Types

What each Postgres type becomes. No value changes silently: it arrives exactly, or it is awkward (its column's form cannot hold it), and then
the table stops with \`E_AWKWARD_VALUE\`, or, with \`--awkward null\`, the value becomes null and the report counts it. Never is a value clamped,
wrapped or rounded.

The Parquet forms are those that DuckDB, pyarrow, Spark, Trino and Athena all read back exactly: a uuid and a time are therefore text (lower
case; \`HH:MM:SS.ffffff\`), and there are no unsigned or 16-bit annotations. Every column is optional, whatever NOT NULL says. The column's Postgres type is kept in the file's
metadata (\`dracula.columns\`).

This page is written by \`npm run docs\` from the functions that plan a copy.

${table(SAMPLES)}
Arrays: \`NULL\` elements and empty arrays are kept apart from a null array. \`int2vector\`, \`oidvector\` and arrays of types without a native form are text.
A \`numeric\` without precision becomes \`decimal(38,18)\` where \`pg_stats\` says that its values fit (no scan is made for it), else text;
\`--numeric 38,9\` or \`--numeric text\` decides it for all such columns. \`--dry-run\` prints every column's form and lists what would be text.
`;
}

export function readmeTypes(): string {
  return table(SAMPLES.filter((sample) => sample.inReadme));
}

function table(samples: readonly Sample[]): string {
  const rows = samples.map((sample) => `| ${cells(sample).join(' | ')} |`);
  return `| Postgres | becomes | in Parquet | awkward values |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function cells(sample: Sample): string[] {
  const { type } = columnType(columnOf(sample), typesOf(sample), sample.openNumeric ?? 'text');
  const awkward = sample.awkward ?? AWKWARD[type.kind];
  return [sample.shown, `\`${formatLogicalType(type)}\``, `\`${formatParquetForm(type)}\``, awkward];
}

const columnOf = ({ shown, oid, typmod = -1 }: Sample): ColumnFacts => ({
  name: shown,
  typeOid: oid,
  typmod,
  pgType: shown,
});

/** The type and what it is made of. */
function typesOf({ oid, facts }: Sample): TypeTable {
  const plain = { name: '', typtype: 'b', baseOid: 0, baseTypmod: -1, elementOid: 0, sends: true } as const;
  const parts = [oid, facts?.baseOid ?? 0, facts?.elementOid ?? 0].filter((part) => part !== 0);
  return new Map(parts.map((part) => [part, { ...plain, oid: part, ...(part === oid ? facts : {}) }]));
}
