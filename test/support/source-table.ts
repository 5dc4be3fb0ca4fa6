/** Facts of tables for tests of the pure plan: a plain public table unless told otherwise. */
import type { ServerInfo } from '../../src/introspect/server.ts';
import type { SourceRelation, SourceTable } from '../../src/introspect/source-table.ts';
import { typeTable } from './type-facts.ts';

export function serverInfo(facts: Partial<ServerInfo> = {}): ServerInfo {
  return {
    versionNum: 180004,
    version: '18.4',
    isStandby: false,
    blockSize: 8192,
    encoding: 'UTF8',
    role: 'reader',
    moneyScale: 2,
    searchPath: 'app, public',
    settings: [],
    ...facts,
  };
}

const TYPES = typeTable([
  [23, 'integer', 'b'],
  [25, 'text', 'b'],
  [600, 'point', 'b'],
  [603, 'box', 'b'],
  [1700, 'numeric', 'b'],
]);

let nextOid = 20000;

export function sourceRelation(name: string, facts: Partial<SourceRelation> = {}): SourceRelation {
  return {
    oid: nextOid++,
    name: { namespace: 'public', name },
    relkind: 'r',
    accessMethod: 'heap',
    privileges: { namespace: true, select: true, columns: [] },
    rowSecurity: false,
    persistence: 'permanent',
    populated: true,
    blocks: 10,
    bytes: 81920,
    estimatedRows: 100,
    allVisibleBlocks: 10,
    attnums: [1, 2, 3],
    ...facts,
  };
}

/** Columns `id` integer, `note` text, `price` numeric. */
export function sourceTable(
  name: string,
  root: Partial<SourceRelation> = {},
  facts: Partial<SourceTable> = {},
): SourceTable {
  const relation = sourceRelation(name, root);
  return {
    oid: relation.oid,
    name: relation.name,
    kind: 'table',
    comment: null,
    columns: [
      { attnum: 1, name: 'id', typeOid: 23, typmod: -1, dimensions: 0, pgType: 'integer', comment: null },
      { attnum: 2, name: 'note', typeOid: 25, typmod: -1, dimensions: 0, pgType: 'text', comment: 'said' },
      { attnum: 3, name: 'price', typeOid: 1700, typmod: -1, dimensions: 0, pgType: 'numeric', comment: null },
    ],
    root: relation,
    relations: [relation],
    detaching: [],
    hasInheritors: false,
    statisticsFitDecimal: new Set(),
    keyColumn: 'id',
    types: TYPES,
    ...facts,
  };
}

/** A partitioned table with these leaves. */
export function partitionedTable(
  name: string,
  leaves: readonly SourceRelation[],
  root: Partial<SourceRelation> = {},
): SourceTable {
  return sourceTable(
    name,
    { relkind: 'p', accessMethod: null, blocks: 0, bytes: 0, estimatedRows: null, ...root },
    { kind: 'partitioned', relations: leaves },
  );
}
