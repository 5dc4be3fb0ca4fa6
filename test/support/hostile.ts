/**
 * The hostile run of the integration suite: the same tests once more, with every stream taken in pieces of 1 to 7 bytes and
 * row groups of 3 rows. The lane `hostile` of vitest.config.ts sets the environment; `workerSettings` reads it in each process
 * that copies, and `startCli` hands it on to the command line.
 */

/** The environment of the lane. JavaScript alone decodes here: in the other lanes it does what the WebAssembly kernels leave. */
export const HOSTILE = {
  DRACULA_TEST_STREAM_CUT: '7',
  DRACULA_TEST_ROW_GROUP_ROWS: '3',
  DRACULA_KERNELS: 'javascript',
} as const;

/** What this process has of it, for the processes that tests start. */
export function inheritedHostility(): Record<string, string> {
  const names = Object.keys(HOSTILE).filter((name) => process.env[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, process.env[name] as string]));
}

export const isHostile = process.env['DRACULA_TEST_ROW_GROUP_ROWS'] !== undefined;

/** Every row group has a price, whatever it holds: where a test takes many rows, the hostile run takes fewer. */
export function fewerIfHostile(plain: number, hostile: number): number {
  return isHostile ? hostile : plain;
}

/** The test files that copy nothing, which the lane leaves out, each with its reason. */
export const COPY_NOTHING = {
  'test/integration/connect.test.ts': 'connects and closes: no row is read',
  'test/integration/control-connection.test.ts': 'one connection, lost and opened anew: no row is read',
  'test/integration/embedded-owner.test.ts': 'the embedded server alone',
  'test/integration/embedded-postgres.test.ts': 'the embedded server alone',
  'test/integration/every-type.test.ts': 'plans of every type, asked on a control connection',
  'test/integration/introspect.test.ts': 'catalogs, asked on a control connection',
  'test/integration/plan-explain.test.ts': "the server's plans, asked on a control connection",
  'test/integration/postgres-binaries.test.ts': 'the embedded server alone',
  'test/integration/shop.test.ts': 'the rows of the sample shop, as the server has them',
  'test/integration/silence.test.ts': 'connections whose path falls silent: no row is read',
  'test/integration/source-checks.test.ts': 'the checks of a read, asked on a control connection',
  'test/integration/sqlstate.test.ts': 'errors of a control connection',
  'test/integration/verify-geometry.test.ts': 'the same questions to Postgres and DuckDB: nothing is decoded',
  'test/integration/verify-digests.test.ts': 'the same questions to Postgres and DuckDB: nothing is decoded',
  'test/integration/wire-mutants.test.ts': 'decoded values against the server, one by one: no row is copied',
  'test/integration/wire-text.test.ts': 'kernels over captured streams, which it cuts itself',
} as const;

/** Those whose copies are only what they ask about: what they prove is not in the stream's path. The lane leaves them out too. */
export const COPY_BESIDE_THE_POINT = {
  'test/integration/verify.test.ts':
    'answers of Postgres and DuckDB side by side; verify-copy copies the same tables in the lane',
  'test/integration/verify-gentle.test.ts':
    'questions that give way to others; verify-copy copies the same tables in the lane',
} as const;

/** What the lane leaves out. */
export const NOT_HOSTILE: readonly string[] = [...Object.keys(COPY_NOTHING), ...Object.keys(COPY_BESIDE_THE_POINT)];
