/** The arrows of the design: each layer imports only from the ones before it, no cycles, edges never import each other. */
const pure = '^src/(parquet|extract/wire)/';
const edges = ['config', 'introspect', 'extract', 'lake', 'engine', 'observe'];
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'core-imports-nothing', severity: 'error', from: { path: '^src/(core/|errors\\.ts)' }, to: { pathNot: '^src/(core/|errors\\.ts)' } },
    {
      name: 'pure-imports-core-only',
      severity: 'error',
      from: { path: pure },
      to: { path: '^src/', pathNot: ['^src/(core/|errors\\.ts)', '^src/parquet/', '^src/extract/wire/'] },
    },
    { name: 'parquet-and-wire-apart', severity: 'error', from: { path: '^src/parquet/' }, to: { path: '^src/extract/' } },
    { name: 'wire-and-parquet-apart', severity: 'error', from: { path: '^src/extract/wire/' }, to: { path: '^src/parquet/' } },
    {
      name: 'pure-touches-no-outside',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(zlib|buffer)$' },
    },
    {
      name: 'drivers-import-core-and-pure',
      severity: 'error',
      from: { path: '^src/postgres/' },
      to: { path: '^src/', pathNot: '^src/(core/|errors\\.ts|postgres/|extract/wire/)' },
    },
    ...edges.map((edge) => ({
      name: `edge-${edge}`,
      severity: 'error',
      from: { path: `^src/${edge}/` },
      to: { path: '^src/', pathNot: `^src/(core/|errors\\.ts|postgres/|parquet/|extract/wire/|${edge}/)` },
    })),
    { name: 'nobody-imports-up', severity: 'error', from: { path: '^src/(pipeline)/' }, to: { path: '^src/(index\\.ts|cli|demo|testing)' } },
    { name: 'index-below-cli', severity: 'error', from: { path: '^src/index\\.ts' }, to: { path: '^src/(cli|demo|testing)/' } },
    { name: 'demo-below-cli', severity: 'error', from: { path: '^src/demo/' }, to: { path: '^src/cli/' } },
    { name: 'only-postgres-opens-sockets', severity: 'error', from: { path: '^src/', pathNot: '^src/(postgres|demo)/' }, to: { path: '^(pg|net|tls|node:net|node:tls)$|node_modules/pg/', dependencyTypesNot: ['type-only'] } },
    { name: 'no-dev-in-product', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] } },
  ],
  options: { tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
