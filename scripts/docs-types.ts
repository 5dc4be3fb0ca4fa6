/**
 * docs/reference/types.md and the README's table: Postgres type, logical type, Parquet forms and awkward values, as the functions
 * that plan a copy give them. Only the prose about awkward values is written here, in a table closed over the kinds.
 */
import { formatLogicalType, type LogicalKind, type LogicalType } from '../src/core/logical-type.ts';
import { DEFAULT_READERS, type Reader, sharedFeatures } from '../src/core/reader.ts';
import { type ColumnFacts, columnType } from '../src/introspect/logical-types.ts';
import type { OpenNumericForm } from '../src/introspect/native-scalars.ts';
import { OPEN_NUMERIC_DECIMAL } from '../src/introspect/numeric-statistics.ts';
import type { TypeFacts, TypeTable } from '../src/introspect/type-facts.ts';
import { formatParquetForm } from '../src/observe/parquet-form.ts';
import { elsewhereTable, evidenceList, readersTable } from './docs-readers.ts';

/** A type as pg_type has it, and names to show for it. */
interface Sample {
  readonly shown: string;
  readonly oid: number;
  readonly typmod?: number;
  readonly dimensions?: number;
  readonly facts?: Partial<TypeFacts>;
  readonly openNumeric?: OpenNumericForm;
  /** Instead of what the kind says. */
  readonly awkward?: string;
  readonly inReadme?: boolean;
}

const numericTypmod = (precision: number, scale: number): number => ((precision << 16) | (scale & 0x7ff)) + 4;
const NUMERIC = 1700;
const UTF8 = 'In a SQL_ASCII database: what is not UTF-8';
const PARTS = 'Those of its parts';
const AS_PRINTED = 'As Postgres prints it';

/** The OID of a type that an extension or a user makes is any that is not taken. */
const extension = (name: string, typname: string): Pick<Sample, 'oid' | 'facts'> => ({
  oid: 90_000,
  facts: { extension: name, typname },
});

const SAMPLES: readonly Sample[] = [
  { shown: '`boolean`', oid: 16, inReadme: true },
  { shown: '`smallint`', oid: 21 },
  { shown: '`integer`', oid: 23, inReadme: true },
  { shown: '`bigint`', oid: 20, inReadme: true },
  { shown: '`oid`, `xid`, `cid`', oid: 26 },
  { shown: '`real`', oid: 700 },
  { shown: '`double precision`', oid: 701, inReadme: true },
  {
    shown: '`numeric(p, s)` of up to 9 digits, as `numeric(9, 2)`',
    oid: NUMERIC,
    typmod: numericTypmod(9, 2),
  },
  {
    shown: '`numeric(p, s)` of 10 to 18 digits, as `numeric(15, 2)`',
    oid: NUMERIC,
    typmod: numericTypmod(15, 2),
    inReadme: true,
  },
  {
    shown: '… of up to 38 digits, as `numeric(38, 9)`',
    oid: NUMERIC,
    typmod: numericTypmod(38, 9),
  },
  {
    shown: '… of more digits, a negative scale, a scale above the precision',
    oid: NUMERIC,
    typmod: numericTypmod(50, 2),
    awkward: AS_PRINTED,
  },
  {
    shown: '`numeric` whose statistics on the server fit',
    oid: NUMERIC,
    openNumeric: OPEN_NUMERIC_DECIMAL,
    awkward: 'A value that does not fit: the table is read again with the column as text, once; the report says so',
  },
  { shown: '`numeric` otherwise', oid: NUMERIC, openNumeric: 'text', awkward: AS_PRINTED },
  {
    shown: "`money`, with the fraction digits of the session's `lc_monetary`",
    oid: 790,
    awkward: '',
  },
  { shown: '`text`, `varchar`, `citext`, `name`, `xml`', oid: 25, inReadme: true },
  { shown: '`char(n)`, with its padding', oid: 1042 },
  { shown: 'an enum', oid: 90_001, facts: { typtype: 'e' }, awkward: '', inReadme: true },
  { shown: '`bytea`', oid: 17, inReadme: true },
  { shown: '`uuid`', oid: 2950, inReadme: true },
  {
    shown: '`json`',
    oid: 114,
    awkward:
      'In a SQL_ASCII database: what is not UTF-8. Half a surrogate pair (`"\\ud83d"`) is kept: no `JSON` annotation, with which DuckDB refuses it',
    inReadme: true,
  },
  { shown: '`jsonb`', oid: 3802, inReadme: true },
  { shown: '`date`', oid: 1082, inReadme: true },
  { shown: '`time`', oid: 1083, inReadme: true },
  { shown: '`timetz`', oid: 1266, awkward: AS_PRINTED },
  { shown: '`timestamp`', oid: 1114, inReadme: true },
  { shown: '`timestamptz`', oid: 1184, inReadme: true },
  { shown: '`interval`', oid: 1186, awkward: 'Infinity', inReadme: true },
  {
    shown: '`inet`, `cidr`, `macaddr`, `macaddr8`, `bit`, `varbit`, `pg_lsn`, `tsvector`, `jsonpath`, `ltree`',
    oid: 869,
    awkward: AS_PRINTED,
    inReadme: true,
  },
  { shown: '`point`', oid: 600, awkward: '' },
  {
    shown: 'an array, as `date[]`',
    oid: 90_002,
    facts: { elementOid: 1082 },
    inReadme: true,
  },
  { shown: '… of declared dimensions, as `integer[][]`', oid: 90_004, dimensions: 2, facts: { elementOid: 23 } },
  {
    shown: 'a composite, as `(street text, since date)`',
    oid: 90_005,
    facts: {
      typtype: 'c',
      attributes: [
        { name: 'street', typeOid: 25, typmod: -1, dimensions: 0, pgType: 'text', comment: null },
        { name: 'since', typeOid: 1082, typmod: -1, dimensions: 0, pgType: 'date', comment: null },
      ],
    },
    inReadme: true,
  },
  { shown: 'a range, as `int4range`', oid: 90_006, facts: { typtype: 'r', rangeOf: 23 }, inReadme: true },
  { shown: 'a multirange, as `int4multirange`', oid: 90_007, facts: { typtype: 'm', rangeOf: 90_006 }, awkward: PARTS },
  {
    shown: 'a domain: as its base type, here `numeric(15, 2)`',
    oid: 90_003,
    facts: { typtype: 'd', baseOid: NUMERIC, baseTypmod: numericTypmod(15, 2) },
  },
  { shown: '`hstore`', ...extension('hstore', 'hstore'), awkward: UTF8, inReadme: true },
  {
    shown: 'PostGIS `geometry`, `geography`, as `geometry(Point, 4326)`',
    ...extension('postgis', 'geometry'),
    typmod: (4326 << 8) | 4,
    inReadme: true,
  },
  { shown: 'pgvector `vector`, `halfvec`', ...extension('vector', 'vector'), awkward: '' },
  {
    shown:
      'everything else (`"char"`, `reg*`, `xid8`, `tsquery`, `box`, `polygon`, `sparsevec`, types of other extensions, …)',
    oid: 603,
    awkward: 'Exactly what the server prints, whatever casts to text there are; names of objects with their namespace',
    inReadme: true,
  },
  {
    shown: 'an array of such, as `box[]`',
    oid: 90_008,
    facts: { elementOid: 603 },
    awkward:
      'Read as `column::text[]`; one text where a cast to text was defined for its elements, or to `text[]` for it. Dimensions and lower bounds as for other arrays',
  },
];

const AWKWARD = {
  bool: '',
  int16: '',
  int32: '',
  int64: '',
  uint32: '',
  float32: 'None: NaN, infinities and -0 are kept. A column chunk with a NaN has no bounds',
  float64: 'None: NaN, infinities and -0 are kept. A column chunk with a NaN has no bounds',
  decimal: 'NaN',
  text: UTF8,
  bytes: '',
  uuid: '',
  json: UTF8,
  date: 'Infinity; beyond what the form holds',
  time: '24:00:00 in a `TIME`; none in the text, which keeps it',
  timestamp: 'Infinity; later than 294247-01-10 04:00:54.775806 (one more is infinity to DuckDB)',
  geometry:
    'An SRID that is not the one of the column; in a `GEOMETRY`, curves, surfaces, triangles. A `geometry` that declares none is `bytes`: EWKB, each value with its own',
  list: 'Those of its elements; more or fewer dimensions than declared; a lower bound that is not 1',
  struct: PARTS,
  map: PARTS,
} as const satisfies Record<LogicalKind, string>;

export function typesPage(): string {
  return `# Types

What each Postgres type becomes. No value changes silently: it arrives exactly, or it is awkward (its column's form cannot hold it), and then
the table stops with \`E_AWKWARD_VALUE\`, or, with \`--awkward null\`, the value becomes null and the report counts it, or, with \`--awkward quarantine\`, its
row goes to a dataset of its own ([awkward values](../guides/awkward-values.md)). Never is a value clamped, wrapped or rounded.

Each column takes the richest form of Parquet that all declared readers read back exactly. By default these are Athena, DuckDB, pyarrow,
Spark and Trino: a uuid and a time are therefore text (lower case; \`HH:MM:SS.ffffff\`), a geometry is plain well-known binary, and
there are no 16-bit annotations. \`--readers duckdb,pyarrow\` (\`readers\` of \`copyTables\`) names others; DuckDB
is always one of them, since \`dracula query\` and \`dracula verify\` read every dataset. They are kept with each version of a dataset, and later
runs go by them until one names others; a new dataset goes by those of its lake. The plan tells the columns whose form changes. Every column is optional, whatever NOT NULL says.

This page is written by \`npm run docs\` from the functions that plan a copy.

${pageTable(SAMPLES)}
The fourth column is the form for readers that share a richer one, here \`duckdb,pyarrow\`.

Arrays: \`NULL\` elements and empty arrays are kept apart from a null array. The number of dimensions is the declared one (\`integer[][]\`: two),
one where none is known, as in a view or a query; \`--column ns.table.col:dims=2\` says another, and \`dims=json\` keeps arrays of any, as JSON. \`int2vector\` and \`oidvector\` are text.
A composite is a struct of its attributes, to any depth. Where one of them has no native form, or two names differ in case only, the whole
value is text; so is one of more than 2,000 parts, and a range whose bounds are arrays or composites.
A range without a lower or upper bound has a null there; of an empty range both are null and \`empty\` is true.
A \`numeric\` without precision becomes \`decimal(38,18)\` where \`pg_stats\` says that its values fit (no scan is made for it), else text;
in an array too. \`--numeric 38,9\` or \`--numeric text\` decides it for all such columns. Within composites and ranges it is text.
\`--dry-run\` prints every column's form and lists what would be text.

The footer of each file has, under \`dracula.columns\`, JSON by column path (\`address.street\`; a name with a dot or a quote in quotes): the Postgres
type with its modifiers (\`pgType\`), what a domain restricts (\`basePgType\`), the \`comment\`, the \`labels\` of an enum in their order, the \`srid\` of a geometry; of columns also the \`type\` above
and how it was read (\`readAs\`).

## Elsewhere

A value of each logical type in the rows of a query, as TypeScript, and the type of such a column in Glue, for lakes that Athena reads. Lists,
structs and maps are made of their parts.

${elsewhereTable()}
## Readers

What is written only where every declared reader reads it. "No" also means: read, but not as what it is. The forms are taken always. Of
the encodings a column takes, in each row group, the one that makes a sample of its values smallest once compressed, where it saves 2 %
against what everybody reads: PLAIN and RLE_DICTIONARY.

${readersTable()}
Where the cells are taken from (\`npm run test:readers -- --all\` runs the tests, and fails where a cell claims what its test did not run; [what
readers read](reader-results.md) has the releases, one by one). "No" by documents alone may be stricter than a release is:

${evidenceList()}
`;
}

/** Who shares most of the forms. */
const NATIVE_READERS: readonly Reader[] = ['duckdb', 'pyarrow'];

/** With the form for readers that share more. */
function pageTable(samples: readonly Sample[]): string {
  const rows = samples.map((sample) => {
    const [postgres, becomes, form, awkward] = cells(sample);
    const native = code(formatParquetForm(typeOf(sample, NATIVE_READERS), NATIVE_READERS));
    return `| ${[postgres, becomes, form, native === form ? '' : native, awkward].join(' | ')} |`;
  });
  return `| Postgres | becomes | in Parquet | for \`duckdb,pyarrow\` | awkward values |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
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

function cells(sample: Sample): [postgres: string, becomes: string, form: string, awkward: string] {
  const type = typeOf(sample, DEFAULT_READERS);
  const awkward = sample.awkward ?? AWKWARD[type.kind];
  return [sample.shown, code(formatLogicalType(type)), code(formatParquetForm(type)), awkward];
}

function typeOf(sample: Sample, readers: readonly Reader[]): LogicalType {
  const openNumeric = sample.openNumeric ?? 'text';
  const context = { openNumeric, moneyScale: 2, features: sharedFeatures(readers) };
  return columnType(columnOf(sample), typesOf(sample), context).type;
}

const code = (text: string): string => `\`${text}\``;

const columnOf = ({ shown, oid, typmod = -1, dimensions = 0 }: Sample): ColumnFacts => ({
  name: shown,
  typeOid: oid,
  typmod,
  dimensions,
  pgType: shown,
});

const PLAIN: Omit<TypeFacts, 'oid'> = {
  name: '',
  typname: '',
  extension: null,
  typtype: 'b',
  baseOid: 0,
  baseTypmod: -1,
  basePgType: null,
  baseDimensions: 0,
  elementOid: 0,
  rangeOf: 0,
  attributes: [],
  labels: [],
  sends: true,
  castsToText: false,
  castsToJson: false,
};

/** The type, and what it is made of: other samples, or plain ones. */
function typesOf(sample: Sample, made: Map<number, TypeFacts> = new Map()): TypeTable {
  const { oid, facts = {} } = sample;
  made.set(oid, { ...PLAIN, ...facts, oid });
  const { baseOid = 0, elementOid = 0, rangeOf = 0, attributes = [] } = facts;
  for (const part of [baseOid, elementOid, rangeOf, ...attributes.map(({ typeOid }) => typeOid)]) {
    if (part === 0) continue;
    typesOf(SAMPLES.find((other) => other.oid === part) ?? { shown: '', oid: part }, made);
  }
  return made;
}
