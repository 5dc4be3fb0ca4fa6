/** Versions as the readers themselves say them. */
import { DuckDBInstance } from '@duckdb/node-api';
import { ask } from './ask-pyarrow.ts';

/** Without the `v`. */
export async function duckdbVersion(): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const [[version]] = (await connection.runAndReadAll('SELECT version()')).getRows() as [[string]];
  return version.replace(/^v/, '');
}

export async function pyarrowVersion(): Promise<string> {
  return (await ask<{ pyarrow: string }>({ do: 'version' })).pyarrow;
}

export async function polarsVersion(): Promise<string> {
  return (await ask<{ polars: string }>({ do: 'version' }, 'polars')).polars;
}
