/** Text of databases in other encodings arrives as UTF-8, character by character; a character without an equivalent stops its table. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../src/core/table-schema.ts';
import { copy, outcomes, tableOf } from '../support/copied.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { valuesOfFiles } from '../support/values/compare-values.ts';
import { filesOf } from '../support/values/value-database.ts';

const TEXT: Column = {
  name: 't',
  fieldId: 2,
  type: { kind: 'text' },
  source: { pgType: 'text', typeOid: 25, typmod: -1, readAs: 'binary', wire: { form: 'text' } },
};

async function textsOf(target: string, dataset: string): Promise<unknown[]> {
  return (await valuesOfFiles(await filesOf(target, dataset), [TEXT])).map(([text]) => text);
}

async function copyAll(database: TestDatabase) {
  const target = `${await temporaryFolder('encoding')}/`;
  return { target, report: await copy({ url: database.url, target }) };
}

describe('a LATIN1 database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    const sql = `CREATE TABLE "größe" (id int, t text, e "char");
      INSERT INTO "größe" SELECT i, chr(i) || 'é', 'x' FROM generate_series(1, 255) i`;
    database = await createDatabase(await testServer(), sql, `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`);
  });
  afterAll(() => database?.drop());

  it('arrives in UTF-8, names too', async () => {
    const { report, target } = await copyAll(database);
    const [table] = report.tables;
    expect(table).toMatchObject({ status: 'copied', table: 'public.größe', rows: 255 });
    const expected = Array.from({ length: 255 }, (_, i) => `${String.fromCodePoint(i + 1)}é`);
    expect(await textsOf(target, table!.dataset)).toEqual(expected);
  });
});

describe('an EUC_JP database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    const sql = `CREATE TABLE words (id int, t text); INSERT INTO words VALUES (1, 'こんにちは'), (2, '漢字 kanji'), (3, '');
      CREATE TABLE odd (id int, t text); INSERT INTO odd VALUES (1, convert_from('\\x8fa2b7', 'EUC_JP')), (2, convert_from('\\xa9a1', 'EUC_JP'))`;
    database = await createDatabase(await testServer(), sql, `ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'`);
  });
  afterAll(() => database?.drop());

  it('arrives in UTF-8; a character that has no equivalent stops its table alone', async () => {
    const { report, target } = await copyAll(database);
    expect(outcomes(report)).toEqual({ words: 'copied', odd: 'E_ENCODING' });
    expect(tableOf(report, 'odd').error?.facts).toMatchObject({ table: 'public.odd', sqlstate: '22P05' });
    expect(await textsOf(target, 'words')).toEqual(['こんにちは', '漢字 kanji', '']);
  });
});
