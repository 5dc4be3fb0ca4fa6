/** Who writes: what `created_by` and a version's summary say. */
import { readFileSync } from 'node:fs';

/** Version of this package. */
export function productVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** `created_by` of a Parquet file, in the form that readers parse (parquet.thrift, FileMetaData). */
export function createdBy(): string {
  const version = productVersion();
  return `dracula-etl version ${version} (build ${version})`;
}
