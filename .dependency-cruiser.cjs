/**
 * The arrows of the house: each layer imports only from the ones named behind it. `npm run arch` checks them, and
 * test/architecture/layers.test.ts plants a forbidden import for every rule to see it found.
 */
const vocabulary = ['errors\\.ts$', 'core/'];
const pure = ['extract/wire/', 'parquet/', 'verify/'];
const edges = ['introspect/', 'extract/', 'lake/', 'engine/', 'observe/'];

/** What each part of src/ may import beside itself. */
const layers = {
  'errors\\.ts$': [],
  'core/': ['errors\\.ts$'],
  'extract/wire/': vocabulary,
  'parquet/': vocabulary,
  'verify/': vocabulary,
  'postgres/': [...vocabulary, 'extract/wire/'],
  // Edges, which never import each other.
  'introspect/': [...vocabulary, 'postgres/'],
  'extract/(?!wire/)': [...vocabulary, 'extract/wire/', 'postgres/'],
  'lake/': [...vocabulary, 'parquet/'],
  'engine/': vocabulary,
  'observe/': [...vocabulary, 'parquet/'],
  'pipeline/': [...vocabulary, ...pure, 'postgres/', ...edges],
  'index\\.ts$': [...vocabulary, 'pipeline/'],
  // The demo starts a server of its own; it asks no pipeline.
  'demo/': [...vocabulary, 'lake/'],
  // The command line calls what the library exports; edges beside it (a lake's status, a query) and the demo.
  'cli/': [...vocabulary, ...edges, 'index\\.ts$', 'demo/'],
};

const anyOf = (parts) => `^src/(${parts.join('|')})`;

/** Parts that turn bytes and values into bytes and values: no socket, clock, file or environment. */
const PURE = `${anyOf(pure)}|^src/pipeline/(plan|plan-table|plan-notices|guessed-decimal|retry-policy|lake-columns)\\.ts$|^src/extract/(plan-chunks|chunk-query)\\.ts$`;

module.exports = {
  forbidden: [
    {
      // A type-only import is gone when the code runs: a command and its flags may name each other's types.
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...Object.entries(layers).map(([part, allowed]) => ({
      name: `layer-${part.replace(/\W+.*/, '')}${part.startsWith('extract/wire') ? '-wire' : ''}`,
      severity: 'error',
      from: { path: anyOf([part]) },
      to: { path: '^src/', pathNot: anyOf([part, ...allowed]) },
    })),
    {
      name: 'every-folder-has-a-layer',
      severity: 'error',
      from: { path: '^src/', pathNot: anyOf(Object.keys(layers)) },
      to: {},
    },
    {
      name: 'pure-touches-no-outside',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(zlib|buffer|v8)$' },
    },
    {
      name: 'only-postgres-opens-sockets',
      severity: 'error',
      // The demo asks the kernel for a free port, and fills its shop.
      from: { path: '^src/', pathNot: '^src/(postgres|demo)/' },
      to: { path: '^(node:)?(net|tls|dgram|http|https|http2)$|node_modules/pg/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-engine-loads-duckdb',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/' },
      to: { path: 'node_modules/@duckdb/' },
    },
    {
      name: 'no-development-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'nothing-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
