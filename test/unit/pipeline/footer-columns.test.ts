import { expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Column, SourceColumn } from '../../../src/core/table-schema.ts';
import { footerColumns } from '../../../src/pipeline/footer-columns.ts';

const TEXT: LogicalType = { kind: 'text' };
const PLACE: LogicalType = { kind: 'geometry', geography: false, srid: 3857 };

function column(name: string, type: LogicalType, source: Partial<SourceColumn>, comment?: string): Column {
  return {
    name,
    type,
    fieldId: 1,
    source: { pgType: '?', typeOid: 0, typmod: -1, readAs: 'binary', wire: { form: 'text' }, ...source },
    ...(comment === undefined ? {} : { comment }),
  };
}

const told = (...columns: Column[]) => JSON.parse(footerColumns({ columns })) as Record<string, unknown>;

it('tells of each column its Postgres type, form, comment, labels and SRID', () => {
  const price = column('price', { kind: 'decimal', precision: 15, scale: 2 }, { pgType: 'numeric(15,2)' }, 'net');
  const moods = column('moods', { kind: 'list', element: TEXT }, { pgType: 'mood[]', labels: ['sad', 'ok'] });
  const spots = column('spots', { kind: 'list', element: PLACE }, { pgType: 'geometry(Point,3857)[]' });
  const shape = column('shape', TEXT, { pgType: 'box', readAs: 'text' });
  expect(told(price, moods, spots, shape)).toEqual({
    price: { pgType: 'numeric(15,2)', type: 'decimal(15,2)', readAs: 'binary', comment: 'net' },
    moods: { pgType: 'mood[]', type: 'list<text>', readAs: 'binary', labels: ['sad', 'ok'] },
    spots: { pgType: 'geometry(Point,3857)[]', type: 'list<geometry(3857)>', readAs: 'binary', srid: 3857 },
    shape: { pgType: 'box', type: 'text', readAs: 'text' },
  });
});

it('tells of the attributes of composites by path, through lists, also where the column is read as text', () => {
  const fields = [
    { name: 'where', pgType: 'spot', fields: [{ name: 'at', pgType: 'geometry(Point,3857)', comment: 'the door' }] },
    { name: 'mood', pgType: 'mood', labels: ['sad'] },
  ];
  const spot: LogicalType = { kind: 'struct', fields: [{ name: 'at', type: PLACE }] };
  const type: LogicalType = {
    kind: 'list',
    element: {
      kind: 'struct',
      fields: [
        { name: 'where', type: spot },
        { name: 'mood', type: TEXT },
      ],
    },
  };
  const native = told(column('shops', type, { pgType: 'shop[]', fields }));
  delete native['shops'];
  expect(native).toEqual({
    'shops.where': { pgType: 'spot' },
    'shops.where.at': { pgType: 'geometry(Point,3857)', comment: 'the door', srid: 3857 },
    'shops.mood': { pgType: 'mood', labels: ['sad'] },
  });
  const asText = told(column('shops', TEXT, { pgType: 'shop[]', fields, readAs: 'text' }));
  expect(Object.keys(asText)).toEqual(['shops', 'shops.where', 'shops.where.at', 'shops.mood']);
  expect(asText['shops.where.at']).toEqual({ pgType: 'geometry(Point,3857)', comment: 'the door' });
});

it('keeps paths apart whatever the names are', () => {
  const fields = [{ name: 'b', pgType: 'text' }];
  const struct: LogicalType = { kind: 'struct', fields: [{ name: 'b', type: TEXT }] };
  const columns = [column('a', struct, { fields }), column('a.b', TEXT, {}), column('__proto__', TEXT, {})];
  expect(Object.keys(told(...columns, column('"a"', TEXT, {})))).toEqual(['a', 'a.b', '"a.b"', '__proto__', '"""a"""']);
});
