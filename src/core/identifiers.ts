/**
 * Names: how a table is written in SQL, for people, and on disk.
 *
 * A dataset's name is a folder in the lake, so it is a function of the table's name alone, distinct for distinct tables
 * as far as the form allows, and harmless as a path: `public.orders` is `orders`, any other namespace is put in front with
 * two underscores (`billing__orders`), and every UTF-8 byte outside [a-z0-9_] becomes `%` and two upper-case hex digits.
 * Upper-case letters are encoded too, so two names that differ in case only stay apart on a file system that folds case.
 * In SQL over the lake a dataset has the decoded name, whatever else is there; SQL folds case. So what can still meet is
 * `public.billing__orders` and `billing.orders`, and `orders` and `"Orders"`: refused before a row is read, and no view has a name of two.
 */
import type { TableName } from './copy-plan.ts';

/** The longest dataset name in bytes: a file system's limit of 255 with room for a suffix. */
export const MAX_DATASET_NAME = 240;

const QUARANTINE_SUFFIX = '__quarantine';

/** `"a ""quoted"" name"`: always quoted, so that keywords, capitals and dots need no thought. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"namespace"."name"` for SQL. */
export function quoteTable(table: TableName): string {
  return `${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)}`;
}

/** For people, in the form that `--table` takes back: `billing.orders`, `public."Mixed Case"`. A query has no namespace. */
export function formatTable(table: TableName): string {
  const name = formatName(table.name);
  return table.namespace === '' ? name : `${formatName(table.namespace)}.${name}`;
}

/** Quoted where SQL wants it: Postgres folds capitals that are not. */
export function formatName(name: string): string {
  return /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*$/u.test(name) ? name : quoteIdentifier(name);
}

/** The dataset, and so the folder, of a table; of a query when the namespace is empty. */
export function datasetName(table: TableName): string {
  const name = encodeBytes(table.name);
  return table.namespace === 'public' || table.namespace === '' ? name : `${encodeBytes(table.namespace)}__${name}`;
}

/** The dataset for the rows of this one that are set aside. */
export function quarantineDataset(dataset: string): string {
  return `${dataset}${QUARANTINE_SUFFIX}`;
}

export function isQuarantineName(dataset: string): boolean {
  return dataset.endsWith(QUARANTINE_SUFFIX);
}

function encodeBytes(name: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    out += /[a-z0-9_]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** A dataset for people, as SQL over the lake takes it: `orders`, `"billing__Mixed Case"` of billing__%4Dixed%20%43ase. */
export function formatDataset(dataset: string): string {
  return formatName(queryName(dataset));
}

/** The name of a dataset in SQL over the lake: what was encoded; a name that `datasetName` did not make stays as it is. */
export function queryName(dataset: string): string {
  try {
    return decodeURIComponent(dataset);
  } catch {
    return dataset;
  }
}

/** One text for all datasets whose names SQL cannot tell apart. */
function foldDataset(dataset: string): string {
  return queryName(dataset).toLowerCase();
}

/** Those of the datasets whose names SQL cannot tell apart, in groups of two and more, in order of first appearance. */
export function findCollisions<T extends { readonly dataset: string }>(datasets: readonly T[]): T[][] {
  return [...Map.groupBy(datasets, ({ dataset }) => foldDataset(dataset)).values()].filter((group) => group.length > 1);
}
