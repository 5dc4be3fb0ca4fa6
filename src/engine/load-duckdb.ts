/**
 * DuckDB's module, loaded when it is needed: its shared library takes about 150 ms that no other command pays.
 */
import { createRequire } from 'node:module';
import { TextDecoder } from 'node:util';
import { DraculaError } from '../errors.ts';

export type DuckDB = typeof import('@duckdb/node-api');

/** Throws E_ENGINE where there is no build of DuckDB for this machine. */
export async function loadDuckDB(): Promise<DuckDB> {
  try {
    const duckdb = await import('@duckdb/node-api');
    keepByteOrderMarks();
    return duckdb;
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

/**
 * The module decodes texts with a decoder that drops a U+FEFF at their beginning: a value is to come back whole. Where it keeps its decoder
 * elsewhere there is no engine: texts would be cut without a word. So package.json takes no other minor version.
 */
function keepByteOrderMarks(): void {
  const accessors: { textDecoder?: unknown } = createRequire(import.meta.url)(
    '@duckdb/node-api/lib/vectors/dataAccessors.js',
  );
  if (!(accessors.textDecoder instanceof TextDecoder)) throw new Error('its decoder of texts is not where it was');
  accessors.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
}
