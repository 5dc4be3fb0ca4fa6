/**
 * Refuses options that the types forbid: a program in plain JavaScript, or with a cast, can give anything. What is said here is
 * said before a connection is opened.
 */

import { COMPRESSION_LEVELS } from '../core/compression.ts';
import { READERS } from '../core/reader.ts';
import { AWKWARD_POLICIES } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { ColumnOptions, CopyOptions } from './copy-options.ts';
import {
  checkShapes,
  count,
  env,
  flag,
  isObject,
  isText,
  level,
  listener,
  oneOf,
  type Shape,
  signal,
  someTexts,
  text,
  texts,
} from './option-shapes.ts';
import type { VerifyOptions } from './verify-options.ts';

const policy = oneOf(...AWKWARD_POLICIES);
const COLUMN_SHAPES = {
  dims: {
    is: "a whole number from 1 to 6, or 'json'",
    fits: (value) => value === 'json' || (level.fits(value) && Number(value) >= 1 && Number(value) <= 6),
  },
  awkward: policy,
} as const satisfies Record<keyof ColumnOptions, Shape>;

function isColumnOptions(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(value).every(([name, option]) => {
    const shape = Object.hasOwn(COLUMN_SHAPES, name) ? COLUMN_SHAPES[name as keyof ColumnOptions] : undefined;
    return shape !== undefined && (option === undefined || shape.fits(option));
  });
}

/** One entry an option, so that a new one cannot be forgotten. */
const SHAPES = {
  url: text,
  target: text,
  // A filter that came out empty is not every table.
  tables: someTexts,
  exclude: texts,
  query: {
    is: '{ sql, name }, two texts that are not empty and hold no NUL',
    fits: (value) => isObject(value) && isText(value['sql']) && isText(value['name']),
  },
  columns: someTexts,
  where: text,
  connections: count,
  chunkBy: oneOf('ctid', 'key', 'relation'),
  compression: oneOf(...Object.keys(COMPRESSION_LEVELS)),
  compressionLevel: level,
  rowGroupRows: count,
  partBytes: count,
  memoryBytes: count,
  consistency: oneOf('run', 'table', 'chunk'),
  maxSnapshotAgeMs: count,
  maxBlockMs: count,
  statementTimeoutMs: count,
  numeric: {
    is: "'text' or { precision, scale } with 1 <= precision <= 38 and 0 <= scale <= precision",
    fits: (value) => value === 'text' || (isObject(value) && isDecimal(value['precision'], value['scale'])),
  },
  readers: {
    is: `an array of one or more of ${READERS.join(', ')}`,
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => READERS.includes(name)),
  },
  awkward: policy,
  maxQuarantined: {
    is: "a whole number from 0 on, or a share of the rows such as '1%'",
    fits: (value) =>
      (typeof value === 'number' && level.fits(value) && value >= 0) || (typeof value === 'string' && isPercent(value)),
  },
  columnOptions: {
    is: `an object with, by column, { dims, awkward }: a whole number from 1 to 6 or 'json', and ${policy.is}`,
    fits: (value) => isObject(value) && Object.values(value).every(isColumnOptions),
  },
  verify: flag,
  failFast: flag,
  force: flag,
  env,
  signal,
  onEvent: listener,
} as const satisfies Record<keyof CopyOptions, Shape>;

/** Throws E_USAGE for an option that is unknown, missing or not what it has to be. */
export function checkCopyOptions(options: CopyOptions): void {
  checkShapes(options, SHAPES);
  if (options.verify === true && options.consistency === 'chunk')
    throw new DraculaError(
      'E_USAGE',
      '`verify` compares inside one snapshot, and `consistency: chunk` has none: leave one of them out. Nothing was read.',
    );
  checkLevel(options);
  if (options.target === undefined)
    throw new DraculaError('E_USAGE', 'target is missing: a lake folder, or a .parquet file. Nothing was read.');
  checkQuarantine(options);
}

const VERIFY_SHAPES = {
  lake: text,
  // None chosen is not all of them.
  datasets: someTexts,
  url: text,
  samplePercent: {
    is: 'a number above 0 and at most 100',
    fits: (value) => typeof value === 'number' && value > 0 && value <= 100,
  },
  where: text,
  strict: flag,
  maxBlockMs: count,
  maxSnapshotAgeMs: count,
  env,
  signal,
  onEvent: listener,
  onDataset: listener,
} as const satisfies Record<keyof VerifyOptions, Shape>;

/** As `checkCopyOptions`, of a verification. */
export function checkVerifyOptions(options: VerifyOptions): void {
  checkShapes(options, VERIFY_SHAPES);
  if (options.lake === undefined)
    throw new DraculaError('E_USAGE', 'lake is missing: the folder of a lake. Nothing was read.');
}

/** `1%`, `0.5%`, at most `100%`. */
function isPercent(text: string): boolean {
  return /^\d+(\.\d+)?%$/.test(text) && Number(text.slice(0, -1)) <= 100;
}

/** Rows that are set aside are a dataset, which only a lake has. */
function checkQuarantine({ target, awkward, columnOptions = {}, maxQuarantined }: CopyOptions): void {
  const policies = [awkward, ...Object.values(columnOptions).map((column) => column.awkward)];
  if (!policies.includes('quarantine') && maxQuarantined !== undefined)
    throw new DraculaError(
      'E_USAGE',
      '`maxQuarantined` limits the rows that are set aside, and none are: say `awkward: quarantine`, of the run or of a column (`columnOptions`). Nothing was read.',
    );
  if (!policies.includes('quarantine') || !target.endsWith('.parquet')) return;
  throw new DraculaError(
    'E_USAGE',
    'Rows are set aside (`awkward: quarantine`) into a dataset of their own, and the target is one file: name a lake folder. Nothing was read.',
  );
}

function checkLevel({ compression = 'zstd', compressionLevel }: CopyOptions): void {
  if (compressionLevel === undefined) return;
  const levels = COMPRESSION_LEVELS[compression];
  if (levels !== null && compressionLevel >= levels[0] && compressionLevel <= levels[1]) return;
  const has = levels === null ? 'has no levels' : `has levels from ${levels[0]} to ${levels[1]}`;
  throw new DraculaError(
    'E_USAGE',
    `\`compressionLevel\` is ${compressionLevel}; ${compression} ${has}. Nothing was read.`,
  );
}

/** A number in a text would go into the metadata as a text. */
function isDecimal(precision: unknown, scale: unknown): boolean {
  const [digits, fraction] = [Number(precision), Number(scale)];
  const areWhole = level.fits(precision) && level.fits(scale);
  return areWhole && digits >= 1 && digits <= 38 && fraction >= 0 && fraction <= digits;
}
