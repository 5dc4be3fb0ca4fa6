/**
 * DuckDB's module, loaded when it is needed: its shared library takes about 150 ms that no other command pays.
 */
import { DraculaError } from '../errors.ts';

export type DuckDB = typeof import('@duckdb/node-api');

/** Throws E_ENGINE where there is no build of DuckDB for this machine. */
export async function loadDuckDB(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DraculaError(
      'E_ENGINE',
      `DuckDB could not be loaded on ${process.platform} ${process.arch}: ${reason}`,
      {},
      cause,
    );
  }
}
