/** The fastest peer measured: DuckDB with its postgres extension, both from PyPI in one version, in a virtual environment of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = ['duckdb==1.5.5', 'duckdb-extension-postgres-scanner==1.5.5'];

/** Installs what is missing into `.cache/peers`; returns its python. */
export function preparePeers(root: string): string {
  const folder = join(root, '.cache/peers');
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { stdio: 'inherit' });
  return python;
}

const SCRIPT = `
import glob, os, sys
import duckdb, duckdb_extension_postgres_scanner as extension
path = glob.glob(os.path.join(os.path.dirname(extension.__file__), 'extensions', '*', 'postgres_scanner.duckdb_extension'))[0]
db = duckdb.connect(config={'threads': 2, 'allow_unsigned_extensions': 'true'})
db.execute(f"LOAD '{path}'")
db.execute(f"ATTACH '{sys.argv[1]}' AS source (TYPE postgres, READ_ONLY)")
db.execute(f"COPY source.{sys.argv[3]} TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
`;

/** Arguments of python: copy the table into one zstd Parquet file with two threads. */
export function duckdbCommand(dsn: string, table: string, file: string): string[] {
  return ['-c', SCRIPT, dsn, file, table];
}
