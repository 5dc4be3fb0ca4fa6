/**
 * Values of options, from text to what the library takes. Each parser is made for one option, so that its error names
 * the option, the value and what is valid. Pure; no defaults.
 */
import { COMPRESSION_LEVELS } from '../core/compression.ts';
import { READERS, type Reader } from '../core/reader.ts';
import { DraculaError } from '../errors.ts';
import type { AwkwardPolicy, ColumnOptions, Compression, NumericForm } from '../index.ts';

export type ParseValue<T> = (text: string) => T;

function invalid(option: string, text: string, valid: string): DraculaError {
  return new DraculaError('E_USAGE', `${option} does not take "${text}"; valid: ${valid}.`);
}

/** One of a closed list. */
export function parseChoice<T extends string>(option: string, choices: readonly T[]): ParseValue<T> {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw invalid(option, text, choices.join(', '));
    return choice;
  };
}

/** A whole number from `min` on. */
export function parseWhole(option: string, min: number): ParseValue<number> {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw invalid(option, text, `a whole number from ${min} on`);
    }
    return value;
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes: `128MB`, `64MiB`, `1.5GB`. The unit is required: a bare number is as often meant in megabytes as in bytes. */
export function parseSize(option: string): ParseValue<number> {
  return (text) => {
    const value = parseQuantity(text, SIZE_UNITS);
    if (value === null) throw invalid(option, text, 'a size with its unit, such as 500kB, 128MB, 64MiB, 1.5GB');
    return value;
  };
}

/** Percent, above 0 and at most 100: `1%`, `0.5%`. The sign is required: a bare 1 could be all. */
export function parsePercent(option: string): ParseValue<number> {
  return (text) => {
    const value = Number(/^(\d+(?:\.\d+)?) ?%$/.exec(text)?.[1]);
    if (!(value > 0 && value <= 100)) throw invalid(option, text, 'a share above 0% and at most 100%, such as 1%');
    return value;
  };
}

/** A whole number from 0 on, or a share from 0% to 100%. */
export function parseCountOrShare(option: string): ParseValue<number | `${number}%`> {
  return (text) => {
    const share = /^(\d+(?:\.\d+)?) ?%$/.exec(text)?.[1];
    if (share !== undefined && Number(share) <= 100) return `${Number(share)}%`;
    if (!/^\d{1,15}$/.test(text)) throw invalid(option, text, 'a whole number from 0 on, or a share such as 1%');
    return Number(text);
  };
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3 };

/** Milliseconds: `500ms`, `10s`, `30m`, `2h`. */
export function parseDuration(option: string): ParseValue<number> {
  return (text) => {
    const value = parseQuantity(text, DURATION_UNITS);
    if (value === null) throw invalid(option, text, 'a duration with its unit, such as 500ms, 10s, 30m, 2h');
    return value;
  };
}

/** A positive number of the smallest unit, rounded; null when the text is none. */
function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text);
  const unit = match === null ? undefined : units[match[2]!.toLowerCase()];
  if (match === null || unit === undefined) return null;
  const value = Math.round(Number(match[1]) * unit);
  return value >= 1 && Number.isSafeInteger(value) ? value : null;
}

export interface CompressionChoice {
  readonly codec: Compression;
  readonly level?: number;
}

/** `zstd`, `snappy`, `gzip`, `none`, with a level where the codec has one: `zstd:9`. */
export function parseCompression(option: string): ParseValue<CompressionChoice> {
  const codecs = Object.keys(COMPRESSION_LEVELS) as Compression[];
  return (text) => {
    const [name, level] = text.split(/:(.*)/s);
    const codec = codecs.find((candidate) => candidate === name);
    if (codec === undefined) throw invalid(option, text, `${codecs.join(', ')}, with a level after a colon (zstd:9)`);
    return level === undefined ? { codec } : { codec, level: parseLevel(option, codec, level) };
  };
}

/** A compression level of a codec. */
export function parseLevel(option: string, codec: Compression, text: string): number {
  const range = COMPRESSION_LEVELS[codec];
  if (range === null) throw invalid(option, text, `no level at all for ${codec}`);
  const level = Number(text);
  if (!/^\d+$/.test(text) || level < range[0] || level > range[1]) {
    throw invalid(option, text, `a level of ${codec} from ${range[0]} to ${range[1]}`);
  }
  return level;
}

const MAX_PRECISION = 38;

/** `text`, or precision and scale of a decimal: `38,9`. */
export function parseNumericForm(option: string): ParseValue<NumericForm> {
  return (text) => {
    if (text === 'text') return 'text';
    const match = /^(\d{1,2}),(\d{1,2})$/.exec(text);
    const [precision, scale] = [Number(match?.[1]), Number(match?.[2])];
    if (match === null || precision < 1 || precision > MAX_PRECISION || scale > precision) {
      throw invalid(option, text, `text, or precision,scale of at most ${MAX_PRECISION} digits, such as 38,9`);
    }
    return { precision, scale };
  };
}

/** Readers between commas: `duckdb,pyarrow`. */
export function parseReaders(option: string): ParseValue<readonly Reader[]> {
  return (text) =>
    text.split(',').map((name) => {
      const reader = READERS.find((candidate) => candidate === name.trim());
      if (reader === undefined) throw invalid(option, text, `names between commas, of ${READERS.join(', ')}`);
      return reader;
    });
}

/** Names between commas; a name that holds a comma or a quote is written in double quotes, as in SQL: `id,"a,b"`. */
export function parseNames(option: string): ParseValue<readonly string[]> {
  return (text) => {
    const names = [...text.matchAll(/\s*(?:"((?:[^"]|"")+)"|([^",]+?))\s*(,|$)/gy)];
    const end = names.at(-1);
    if (end === undefined || end.index + end[0].length !== text.length || end[3] === ',') {
      throw invalid(option, text, 'names between commas, such as id,total,"a,b"');
    }
    return names.map((match) => match[1]?.replaceAll('""', '"') ?? match[2]!);
  };
}

export interface ColumnChoice {
  /** As typed. */
  readonly column: string;
  readonly options: ColumnOptions;
}

/** A column and what is said of it: `events.tags:dims=2,awkward=null`. The name may hold a colon, the settings never do. */
export function parseColumn(option: string, policies: readonly AwkwardPolicy[]): ParseValue<ColumnChoice> {
  const valid = `namespace.table.column:dims=<1 to 6, or json>,awkward=<${policies.join(', ')}>, or one of the two`;
  return (text) => {
    const [, column, settings = ''] = /^(.+):([^:]+)$/s.exec(text) ?? [];
    const said = settings.split(',').map((setting) => /^(dims)=([1-6]|json)$|^(awkward)=(\w+)$/.exec(setting));
    const dims = said.filter((match) => match?.[1]);
    const awkward = said.filter((match) => match?.[3]);
    const policy = policies.find((candidate) => candidate === awkward[0]?.[4]);
    const isWhole = !said.includes(null) && dims.length <= 1 && awkward.length <= 1;
    if (column === undefined || !isWhole || (awkward.length === 1 && policy === undefined))
      throw invalid(option, text, valid);
    return {
      column,
      options: {
        ...(dims[0] ? { dims: dims[0][2] === 'json' ? 'json' : Number(dims[0][2]) } : {}),
        ...(policy === undefined ? {} : { awkward: policy }),
      },
    };
  };
}
