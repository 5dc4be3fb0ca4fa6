/**
 * What snapshots do not protect from: a table that is dropped, altered, truncated, rewritten or refreshed between the plan and
 * the reading of its chunk. Such a table fails with E_SOURCE_CHANGED, its last version stays, and the others arrive; what
 * leaves the snapshot's rows alone does not disturb.
 *
 * All changes are made at the `planned` event, when the plan stands and nothing is read: two copies for all of them.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CopyReport } from '../../src/core/run-event.ts';
import type { CopyOptions } from '../../src/index.ts';
import {
  copy,
  type Fingerprint,
  fingerprintOfDataset,
  fingerprintOfTable,
  outcomes,
  tableOf,
} from '../support/copied.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { runSqlNow } from '../support/sql-now.ts';
import { temporaryFolder, temporaryFolderOfSuite } from '../support/temporary-folder.ts';

const server = await testServer();

interface Change {
  /** Also the name of the table. */
  readonly name: string;
  /** Makes the relation; default: a table of 500 rows with a primary key. */
  readonly make?: readonly string[];
  readonly statements: readonly string[];
  /** What the error's message says besides; only of changes that fail the table. */
  readonly says?: RegExp;
  /** Only copied when it is named. */
  readonly named?: true;
}

const table = (name: string): string =>
  `CREATE TABLE ${name} (id int PRIMARY KEY, n int NOT NULL, note varchar(40));
   INSERT INTO ${name} SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 500) AS i;`;

/** With a column `place` of this type, which is made. */
const withComposite = (name: string, type: string): string =>
  `${table(name)} CREATE TYPE ${type} AS (street text, town text);
   ALTER TABLE ${name} ADD COLUMN place ${type}; UPDATE ${name} SET place = ROW('street ' || id, 'town');`;

const partitioned = (name: string): string =>
  `CREATE TABLE ${name} (id int, n int NOT NULL, note varchar(40)) PARTITION BY RANGE (id);
   CREATE TABLE ${name}_low PARTITION OF ${name} FOR VALUES FROM (0) TO (250);
   CREATE TABLE ${name}_high PARTITION OF ${name} FOR VALUES FROM (250) TO (1000);
   INSERT INTO ${name} SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 500) AS i;`;

const materialised = (name: string): string =>
  `${table(`${name}_base`)}
   CREATE MATERIALIZED VIEW ${name} AS SELECT * FROM ${name}_base; CREATE UNIQUE INDEX ON ${name} (id);`;

const view = (name: string): string => `${table(`${name}_base`)} CREATE VIEW ${name} AS SELECT * FROM ${name}_base;`;

/** A view of both partitions: membership is not the snapshot's, whatever reads them together. */
const viewOfPartitions = (name: string, more = ''): string =>
  `${partitioned(`${name}_base`)} CREATE VIEW ${name} AS SELECT * FROM ${name}_base; ${more}`;

/** A view of a table from which another inherits: of 250 rows each. */
const viewOfParent = (name: string, from = `${name}_base`): string =>
  `CREATE TABLE ${name}_base (id int PRIMARY KEY, n int NOT NULL, note varchar(40));
   INSERT INTO ${name}_base SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(1, 250) AS i;
   CREATE TABLE ${name}_heir () INHERITS (${name}_base);
   INSERT INTO ${name}_heir SELECT i, i * 7 % 1000, 'note ' || i FROM generate_series(251, 500) AS i;
   CREATE VIEW ${name} AS SELECT * FROM ${from};`;

/** Before 14 it cannot be told from an attribute that was added. */
const ROW_OF_OTHER: Change = {
  name: 'row_of_other',
  make: [
    `CREATE TABLE other_row (a int, b text); ${table('row_of_other')} ALTER TABLE row_of_other ADD COLUMN o other_row;
     UPDATE row_of_other SET o = ROW(id, 'b');`,
  ],
  statements: ['GRANT SELECT ON other_row TO PUBLIC', 'TRUNCATE other_row'],
};

/** Of these nothing may be published. */
const DISTURBING: readonly Change[] = [
  { name: 'dropped', statements: ['DROP TABLE dropped'], says: /^public\.dropped was dropped after/ },
  { name: 'made_anew', statements: ['DROP TABLE made_anew', table('made_anew')] },
  {
    name: 'renamed',
    statements: ['ALTER TABLE renamed RENAME TO renamed_to'],
    says: /^public\.renamed was renamed to public\.renamed_to after/,
  },
  {
    name: 'moved',
    statements: ['ALTER TABLE moved SET SCHEMA elsewhere'],
    says: /^public\.moved was renamed to elsewhere\.moved after/,
  },
  {
    name: 'exchanged',
    make: [table('exchanged'), table('exchanged_other')],
    statements: [
      `BEGIN; ALTER TABLE exchanged RENAME TO tmp; ALTER TABLE exchanged_other RENAME TO exchanged;
       ALTER TABLE tmp RENAME TO exchanged_other; COMMIT`,
    ],
    says: /Columns were renamed|was altered/,
  },
  {
    name: 'retyped',
    statements: ['ALTER TABLE retyped ALTER COLUMN n TYPE bigint'],
    says: /types that were planned|rewritten/,
  },
  {
    name: 'widened',
    statements: ['ALTER TABLE widened ALTER COLUMN note TYPE varchar(80)'],
    says: /changed their type|was altered/,
  },
  {
    name: 'column_dropped',
    statements: ['ALTER TABLE column_dropped DROP COLUMN n'],
    says: /public\.column_dropped(?: were|, or what is read with it, was) altered/,
  },
  {
    name: 'column_made_anew',
    statements: ['ALTER TABLE column_made_anew DROP COLUMN n', 'ALTER TABLE column_made_anew ADD COLUMN n int'],
    says: /Columns were renamed|was altered/,
  },
  {
    name: 'column_renamed',
    statements: ['ALTER TABLE column_renamed RENAME COLUMN n TO m'],
    says: /public\.column_renamed(?: were|, or what is read with it, was) altered/,
  },
  {
    name: 'crosswise',
    make: [
      `CREATE TABLE crosswise (id int, n int, m int, note text);
       INSERT INTO crosswise SELECT i, i, -i, 'note' FROM generate_series(1, 500) AS i;`,
    ],
    statements: [
      'ALTER TABLE crosswise RENAME COLUMN n TO tmp',
      'ALTER TABLE crosswise RENAME COLUMN m TO n',
      'ALTER TABLE crosswise RENAME COLUMN tmp TO m',
    ],
    says: /Columns were renamed|was altered/,
  },
  {
    name: 'attribute_replaced',
    make: [withComposite('attribute_replaced', 'address')],
    statements: ['ALTER TYPE address DROP ATTRIBUTE street', 'ALTER TYPE address ADD ATTRIBUTE number text'],
    says: /redefined/,
  },
  {
    name: 'attribute_within_made_anew',
    make: [
      withComposite('attribute_within_made_anew', 'spot'),
      `CREATE TYPE trip AS (name text, spots spot[]); ALTER TABLE attribute_within_made_anew ADD COLUMN trip trip;
       UPDATE attribute_within_made_anew SET trip = ROW('there', ARRAY[place]);
       ALTER TABLE attribute_within_made_anew DROP COLUMN place;`,
    ],
    statements: ['ALTER TYPE spot DROP ATTRIBUTE street', 'ALTER TYPE spot ADD ATTRIBUTE street text'],
    says: /redefined/,
  },
  {
    name: 'label_renamed',
    make: [
      `${table('label_renamed')} CREATE TYPE mood AS ENUM ('sad', 'happy'); ALTER TABLE label_renamed ADD COLUMN moods mood[] DEFAULT '{sad}';`,
    ],
    statements: [`ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'`],
    says: /public\.mood was redefined/,
  },
  {
    name: 'view_of_label_renamed',
    make: [
      `${table('view_of_label_renamed_base')} CREATE TYPE feeling AS ENUM ('sad', 'happy');
       ALTER TABLE view_of_label_renamed_base ADD COLUMN felt feeling DEFAULT 'sad';
       CREATE VIEW view_of_label_renamed AS SELECT id, n, note, felt::text FROM view_of_label_renamed_base;`,
    ],
    statements: [`ALTER TYPE feeling RENAME VALUE 'sad' TO 'blue'`],
    named: true,
    says: /public\.feeling was redefined/,
  },
  ...(DEFAULT_MAJOR < 18
    ? []
    : [
        {
          name: 'formula_changed',
          make: [
            `${table('formula_changed')} ALTER TABLE formula_changed ADD COLUMN g int GENERATED ALWAYS AS (n * 2) VIRTUAL;`,
          ],
          statements: ['ALTER TABLE formula_changed ALTER COLUMN g SET EXPRESSION AS (n * 3)'],
          says: /redefined/,
        },
      ]),
  {
    name: 'view_of_detached',
    make: [viewOfPartitions('view_of_detached')],
    statements: ['ALTER TABLE view_of_detached_base DETACH PARTITION view_of_detached_base_low'],
    named: true,
    says: /^public\.view_of_detached_base was .*other partitions/,
  },
  {
    name: 'view_of_dropped',
    make: [viewOfPartitions('view_of_dropped')],
    statements: ['DROP TABLE view_of_dropped_base_low'],
    named: true,
    says: /^public\.view_of_dropped_base was .*other partitions/,
  },
  {
    name: 'view_of_attached',
    make: [
      viewOfPartitions(
        'view_of_attached',
        'CREATE TABLE waiting AS SELECT 1500 AS id, 1 AS n, NULL::varchar(40) AS note; ALTER TABLE waiting ALTER n SET NOT NULL;',
      ),
    ],
    statements: ['ALTER TABLE view_of_attached_base ATTACH PARTITION waiting FOR VALUES FROM (1000) TO (2000)'],
    named: true,
    says: /public\.waiting was altered/,
  },
  {
    name: 'view_of_disinherited',
    make: [viewOfParent('view_of_disinherited')],
    statements: ['ALTER TABLE view_of_disinherited_heir NO INHERIT view_of_disinherited_base'],
    named: true,
    says: /^public\.view_of_disinherited_base was .*heirs/,
  },
  {
    name: 'view_of_heir_dropped',
    make: [viewOfParent('view_of_heir_dropped')],
    statements: ['DROP TABLE view_of_heir_dropped_heir'],
    named: true,
    says: /^public\.view_of_heir_dropped_base was .*heirs/,
  },
  {
    name: 'view_of_inherited',
    make: [viewOfParent('view_of_inherited'), table('view_of_inherited_second')],
    statements: ['ALTER TABLE view_of_inherited_second INHERIT view_of_inherited_base'],
    named: true,
    says: /public\.view_of_inherited_second was altered/,
  },
  {
    name: 'view_of_first_inherited',
    make: [view('view_of_first_inherited'), table('view_of_first_inherited_heir')],
    statements: ['ALTER TABLE view_of_first_inherited_heir INHERIT view_of_first_inherited_base'],
    named: true,
    says: /public\.view_of_first_inherited_heir was altered/,
  },
  {
    name: 'view_of_function',
    make: [
      `${table('view_of_function_base')}
       CREATE FUNCTION noted(int) RETURNS text LANGUAGE plpgsql STABLE AS
        $$ BEGIN RETURN (SELECT b.note FROM public.view_of_function_base b WHERE b.id = $1); END $$;
       CREATE VIEW view_of_function AS SELECT i AS id, i * 7 % 1000 AS n, noted(i) AS note FROM generate_series(1, 500) AS i;`,
    ],
    statements: ['TRUNCATE view_of_function_base'],
    named: true,
    says: /^public\.view_of_function_base was truncated/,
  },
  {
    name: 'view_of_renamed_crosswise',
    make: [
      `${table('view_of_renamed_crosswise_base')}
       CREATE VIEW view_of_renamed_crosswise AS SELECT id, n, note FROM view_of_renamed_crosswise_base WHERE id <= 250;`,
    ],
    statements: [
      'ALTER TABLE view_of_renamed_crosswise_base RENAME COLUMN n TO tmp',
      'ALTER TABLE view_of_renamed_crosswise_base RENAME COLUMN id TO n',
      'ALTER TABLE view_of_renamed_crosswise_base RENAME COLUMN tmp TO id',
    ],
    named: true,
    says: /altered/,
  },
  {
    name: 'view_of_nulls',
    make: [
      `CREATE TABLE view_of_nulls_base AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN i END AS n, 'note' AS note
        FROM generate_series(1, 500) AS i;
       CREATE VIEW view_of_nulls AS SELECT * FROM view_of_nulls_base WHERE n IS NULL;`,
    ],
    statements: [
      'UPDATE view_of_nulls_base SET n = 0 WHERE n IS NULL',
      'ALTER TABLE view_of_nulls_base ALTER n SET NOT NULL',
    ],
    named: true,
    says: /altered/,
  },
  {
    name: 'view_of_heir_checked',
    make: [viewOfParent('view_of_heir_checked', 'view_of_heir_checked_base WHERE id < 1000')],
    statements: [
      'DELETE FROM view_of_heir_checked_heir',
      'ALTER TABLE view_of_heir_checked_heir ADD CHECK (id > 2000)',
    ],
    named: true,
    says: /altered/,
  },
  {
    name: 'view_of_made_unique',
    make: [
      `${table('view_of_made_unique_base')} CREATE TABLE view_of_made_unique_other AS SELECT i % 250 AS id FROM generate_series(1, 500) AS i;
       CREATE VIEW view_of_made_unique AS SELECT b.* FROM view_of_made_unique_base b LEFT JOIN view_of_made_unique_other o ON o.id = b.id;`,
    ],
    statements: [
      'DELETE FROM view_of_made_unique_other a USING view_of_made_unique_other b WHERE a.id = b.id AND a.ctid > b.ctid',
      'CREATE UNIQUE INDEX view_of_made_unique_key ON view_of_made_unique_other (id)',
    ],
    named: true,
    says: /^public\.view_of_made_unique_key was made/,
  },
  {
    name: 'view_of_grouped',
    make: [
      `CREATE TABLE view_of_grouped_base AS SELECT i % 250 + 1 AS id, i AS n, 'note' AS note FROM generate_series(1, 500) AS i;
       ALTER TABLE view_of_grouped_base ALTER id SET NOT NULL;
       CREATE VIEW view_of_grouped AS SELECT id, n, min(note) AS note FROM view_of_grouped_base GROUP BY id, n;`,
    ],
    statements: [
      'DELETE FROM view_of_grouped_base WHERE n > 250',
      'ALTER TABLE view_of_grouped_base ADD PRIMARY KEY (id)',
    ],
    named: true,
  },
  {
    name: 'view_of_other_bounds',
    make: [
      `${partitioned('view_of_other_bounds_base')}
       CREATE VIEW view_of_other_bounds AS SELECT * FROM view_of_other_bounds_base WHERE id < 250;`,
    ],
    statements: [
      'DELETE FROM view_of_other_bounds_base_low',
      'ALTER TABLE view_of_other_bounds_base DETACH PARTITION view_of_other_bounds_base_low',
      'ALTER TABLE view_of_other_bounds_base ATTACH PARTITION view_of_other_bounds_base_low FOR VALUES FROM (2000) TO (3000)',
    ],
    named: true,
    says: /other partitions/,
  },
  {
    name: 'view_of_text_of_composite',
    make: [
      `${withComposite('view_of_text_of_composite_base', 'lodging')}
       CREATE VIEW view_of_text_of_composite AS SELECT id, n, place::text AS note FROM view_of_text_of_composite_base;`,
    ],
    statements: ['ALTER TYPE lodging RENAME ATTRIBUTE street TO road'],
    named: true,
    says: /^public\.lodging was redefined/,
  },
  {
    name: 'view_of_row_as_json',
    make: [
      `${table('view_of_row_as_json_base')}
       CREATE VIEW view_of_row_as_json AS SELECT id, n, to_jsonb(b)::text AS note FROM view_of_row_as_json_base AS b;`,
    ],
    statements: ['ALTER TABLE view_of_row_as_json_base ADD COLUMN x int DEFAULT 5'],
    named: true,
    says: /altered/,
  },
  {
    name: 'view_of_domain_over_labels',
    make: [
      `${table('view_of_domain_over_labels_base')} CREATE TYPE temper AS ENUM ('sad', 'happy'); CREATE DOMAIN tempers AS temper;
       ALTER TABLE view_of_domain_over_labels_base ADD COLUMN felt tempers DEFAULT 'sad';
       CREATE VIEW view_of_domain_over_labels AS SELECT id, n, felt::text AS note FROM view_of_domain_over_labels_base;`,
    ],
    statements: [`ALTER TYPE temper RENAME VALUE 'sad' TO 'blue'`],
    named: true,
    says: /^public\.temper was redefined/,
  },
  ...(DEFAULT_MAJOR < 18
    ? []
    : [
        {
          name: 'view_of_validated',
          make: [
            `CREATE TABLE view_of_validated_base AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN i END AS n, 'note' AS note
              FROM generate_series(1, 500) AS i;
             ALTER TABLE view_of_validated_base ADD CONSTRAINT there NOT NULL n NOT VALID;
             CREATE VIEW view_of_validated AS SELECT * FROM view_of_validated_base WHERE n IS NULL;`,
          ],
          statements: [
            'UPDATE view_of_validated_base SET n = 0 WHERE n IS NULL',
            'ALTER TABLE view_of_validated_base VALIDATE CONSTRAINT there',
          ],
          named: true as const,
          says: /altered/,
        },
      ]),
  {
    name: 'view_of_made_valid',
    make: [
      `${table('view_of_made_valid_base')} CREATE TABLE view_of_made_valid_other AS SELECT i % 250 AS id FROM generate_series(1, 500) AS i;
       CREATE TABLE view_of_made_valid_root (id int) PARTITION BY RANGE (id);
       ALTER TABLE view_of_made_valid_root ATTACH PARTITION view_of_made_valid_other DEFAULT;
       CREATE UNIQUE INDEX view_of_made_valid_key ON ONLY view_of_made_valid_root (id);
       CREATE VIEW view_of_made_valid AS SELECT b.* FROM view_of_made_valid_base b LEFT JOIN view_of_made_valid_root o ON o.id = b.id;`,
    ],
    statements: [
      'DELETE FROM view_of_made_valid_other a USING view_of_made_valid_other b WHERE a.id = b.id AND a.ctid > b.ctid',
      'CREATE UNIQUE INDEX view_of_made_valid_part ON view_of_made_valid_other (id)',
      'ALTER INDEX view_of_made_valid_key ATTACH PARTITION view_of_made_valid_part',
    ],
    named: true,
  },
  {
    name: 'row_of_widened',
    make: [
      `CREATE TABLE widened_row (a int, b text); ${table('row_of_widened_base')} ALTER TABLE row_of_widened_base ADD COLUMN o widened_row;
       UPDATE row_of_widened_base SET o = ROW(id, 'b');
       CREATE VIEW row_of_widened AS SELECT id, n, o::text AS note FROM row_of_widened_base;`,
    ],
    statements: ['ALTER TABLE widened_row ADD COLUMN c text'],
    named: true,
    says: /^public\.widened_row was redefined/,
  },
  {
    name: 'view_of_renamed_namespace',
    make: [
      `CREATE SCHEMA live; CREATE SCHEMA staging; ${table('live.chosen')} CREATE TABLE staging.chosen AS SELECT 1 AS id;
       CREATE FUNCTION is_chosen(int) RETURNS bool LANGUAGE plpgsql STABLE AS
        $$ BEGIN RETURN EXISTS (SELECT FROM live.chosen c WHERE c.id = $1); END $$;
       ${table('view_of_renamed_namespace_base')}
       CREATE VIEW view_of_renamed_namespace AS SELECT * FROM view_of_renamed_namespace_base WHERE is_chosen(id);`,
    ],
    statements: ['ALTER SCHEMA live RENAME TO old', 'ALTER SCHEMA staging RENAME TO live'],
    named: true,
    says: /^live\.chosen was altered/,
  },
  {
    name: 'view_of_multirange',
    make: [
      DEFAULT_MAJOR < 14
        ? table('view_of_multirange')
        : `${table('view_of_multirange_base')} CREATE TYPE level AS ENUM ('low', 'mid', 'high'); CREATE TYPE levels AS RANGE (SUBTYPE = level);
           ALTER TABLE view_of_multirange_base ADD COLUMN span levels_multirange DEFAULT '{[low,mid]}';
           CREATE VIEW view_of_multirange AS SELECT id, n, span::text AS note FROM view_of_multirange_base;`,
    ],
    statements:
      DEFAULT_MAJOR < 14 ? ['TRUNCATE view_of_multirange'] : [`ALTER TYPE level RENAME VALUE 'low' TO 'least'`],
    named: true,
  },
  ...(DEFAULT_MAJOR < 14 ? [{ ...ROW_OF_OTHER, says: /^public\.other_row was redefined/ }] : []),
  { name: 'truncated', statements: ['TRUNCATE truncated'], says: /^public\.truncated was truncated, rewritten/ },
  {
    name: 'truncated_refilled',
    statements: [
      'TRUNCATE truncated_refilled',
      "INSERT INTO truncated_refilled SELECT i, i, 'new' FROM generate_series(1, 500) AS i",
    ],
  },
  { name: 'vacuumed_full', statements: ['VACUUM FULL vacuumed_full'], says: /rewritten/ },
  { name: 'clustered', statements: ['CLUSTER clustered USING clustered_pkey'], says: /rewritten/ },
  { name: 'unlogged_now', statements: ['ALTER TABLE unlogged_now SET UNLOGGED'], says: /rewritten/ },
  {
    name: 'column_with_random_default',
    statements: ['ALTER TABLE column_with_random_default ADD COLUMN r float8 DEFAULT random()'],
  },
  {
    name: 'refreshed',
    make: [materialised('refreshed')],
    statements: ["UPDATE refreshed_base SET note = 'new'", 'REFRESH MATERIALIZED VIEW refreshed'],
    says: /refreshed/,
  },
  {
    name: 'leaf_truncated',
    make: [partitioned('leaf_truncated')],
    statements: ['TRUNCATE leaf_truncated_low'],
    says: /^public\.leaf_truncated_low was truncated/,
  },
  { name: 'leaf_dropped', make: [partitioned('leaf_dropped')], statements: ['DROP TABLE leaf_dropped_low'] },
  {
    name: 'view_of_truncated',
    make: [view('view_of_truncated')],
    statements: ['TRUNCATE view_of_truncated_base'],
    named: true,
    says: /^public\.view_of_truncated_base was truncated/,
  },
  { name: 'view_dropped', make: [view('view_dropped')], statements: ['DROP VIEW view_dropped'], named: true },
  {
    name: 'view_redefined',
    make: [view('view_redefined')],
    statements: ['CREATE OR REPLACE VIEW view_redefined AS SELECT id, -n AS n, note FROM view_redefined_base'],
    named: true,
    says: /redefined/,
  },
  {
    name: 'view_of_redefined',
    make: [view('redefined_inside'), 'CREATE VIEW view_of_redefined AS SELECT * FROM redefined_inside;'],
    statements: [
      'CREATE OR REPLACE VIEW redefined_inside AS SELECT * FROM redefined_inside_base WHERE id < 100',
      'CREATE OR REPLACE VIEW redefined_inside AS SELECT * FROM redefined_inside_base WHERE id < 200',
    ],
    named: true,
    says: /redefined/,
  },
];

/** These have the rows of the snapshot all the same. */
const HARMLESS: readonly Change[] = [
  { name: 'untouched', statements: [] },
  {
    name: 'view_untouched',
    make: [view('view_untouched')],
    statements: [
      "COMMENT ON VIEW view_untouched IS 'new'",
      'CREATE VIEW view_made_later AS SELECT * FROM view_untouched',
    ],
    named: true,
  },
  {
    name: 'view_of_partitions',
    make: [viewOfPartitions('view_of_partitions')],
    statements: ['ANALYZE view_of_partitions_base', 'CREATE INDEX ON view_of_partitions_base (n)'],
    named: true,
  },
  {
    name: 'label_added',
    make: [
      `${table('label_added')} CREATE TYPE size AS ENUM ('s', 'l'); ALTER TABLE label_added ADD COLUMN size size DEFAULT 's';`,
    ],
    statements: [`ALTER TYPE size ADD VALUE 'm' BEFORE 'l'`],
  },
  {
    name: 'view_of_parent',
    make: [
      viewOfParent('view_of_parent'),
      `DO $$ BEGIN ALTER TABLE view_of_parent_heir NO INHERIT view_of_parent_base; RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN END $$;`,
    ],
    statements: ['ANALYZE view_of_parent_base, view_of_parent_heir', 'CREATE INDEX ON view_of_parent_heir (n)'],
    named: true,
  },
  { name: 'analysed_only', statements: ['ANALYZE analysed_only', "COMMENT ON TABLE analysed_only IS 'new'"] },
  { name: 'indexed', statements: ['CREATE INDEX ON indexed (n)'] },
  { name: 'reindexed', statements: ['REINDEX TABLE reindexed'] },
  { name: 'index_dropped', statements: ['ALTER TABLE index_dropped DROP CONSTRAINT index_dropped_pkey'] },
  ...(DEFAULT_MAJOR < 14 ? [] : [ROW_OF_OTHER]),
  { name: 'emptied', statements: ['DELETE FROM emptied', 'VACUUM emptied'] },
  {
    name: 'updated',
    statements: [
      "UPDATE updated SET note = 'new'",
      'VACUUM updated',
      "INSERT INTO updated SELECT i, i, 'more' FROM generate_series(501, 9000) AS i",
    ],
  },
  {
    name: 'refreshed_in_place',
    make: [materialised('refreshed_in_place')],
    statements: [
      "UPDATE refreshed_in_place_base SET note = 'new'",
      'REFRESH MATERIALIZED VIEW CONCURRENTLY refreshed_in_place',
    ],
  },
  {
    // With constraint_exclusion = on a read of a leaf locks its root as well.
    name: 'leaf_beside_attached',
    make: [partitioned('leaf_beside_attached')],
    statements: [
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET constraint_exclusion = on', current_database()); END $$`,
      'CREATE TABLE leaf_beside_attached_new PARTITION OF leaf_beside_attached FOR VALUES FROM (1000) TO (2000)',
    ],
  },
  {
    name: 'leaf_attached',
    make: [partitioned('leaf_attached')],
    statements: [
      'CREATE TABLE leaf_attached_new (id int, n int NOT NULL, note varchar(40))',
      "INSERT INTO leaf_attached_new VALUES (1500, 1, 'new')",
      'ALTER TABLE leaf_attached ATTACH PARTITION leaf_attached_new FOR VALUES FROM (1000) TO (2000)',
    ],
  },
];

/** These leave alone what is read by itself. Of a condition, a view or a query nobody says what it makes of them. */
const ALTERING: readonly Change[] = [
  { name: 'column_added', statements: ['ALTER TABLE column_added ADD COLUMN x int DEFAULT 5'] },
  {
    name: 'analysed',
    statements: ['ALTER TABLE analysed SET (fillfactor = 50)', "COMMENT ON TABLE analysed IS 'new'"],
  },
  {
    name: 'leaf_detached',
    make: [partitioned('leaf_detached')],
    statements: ['ALTER TABLE leaf_detached DETACH PARTITION leaf_detached_low'],
  },
  ...(DEFAULT_MAJOR < 18
    ? []
    : [
        {
          name: 'formula_granted',
          make: [
            `${table('formula_granted')} ALTER TABLE formula_granted ADD COLUMN g int GENERATED ALWAYS AS (n * 2) VIRTUAL;`,
          ],
          statements: ['GRANT SELECT (g) ON formula_granted TO PUBLIC'],
        },
      ]),
];

const ALL = [...DISTURBING, ...ALTERING, ...HARMLESS];
const MAKE = `CREATE SCHEMA elsewhere; ${ALL.flatMap(({ name, make }) => make ?? [table(name)]).join('\n')} ANALYZE;`;
/** The test's own selection: what they stand on is left out. */
const NAMES = ALL.map(({ name }) => name);

describe.each<{ readonly way: string; readonly options: Partial<CopyOptions>; readonly bearsAltering: boolean }>([
  { way: 'whole relations, one connection', options: { connections: 1 }, bearsAltering: true },
  { way: 'whole relations behind a condition', options: { where: 'id > 0' }, bearsAltering: false },
])('a change between the plan and the reading: $way', ({ options, bearsAltering }) => {
  let database: TestDatabase;
  const lake = temporaryFolderOfSuite('changes');
  let report: CopyReport;
  const before = new Map<string, Fingerprint>();

  beforeAll(async () => {
    database = await createDatabase(server, MAKE);
    const client = await database.client();
    for (const name of NAMES) before.set(name, await fingerprintOfTable(client, name));
    const run = { url: database.url, target: lake(), tables: NAMES, ...options };
    expect(new Set(Object.values(outcomes(await copy(run))))).toEqual(new Set(['copied']));
    report = await copy({
      ...run,
      onEvent: ({ type }) => {
        if (type === 'planned')
          runSqlNow(
            database.url,
            ALL.flatMap(({ statements }) => statements),
          );
      },
    });
  });
  afterAll(() => database?.drop());

  test.each([...DISTURBING, ...(bearsAltering ? [] : ALTERING)])(
    '$name: the table fails, and its last version stays',
    async ({ name, says }) => {
      const { status, rows, version, error } = tableOf(report, name);
      expect({ status, rows, version, code: error?.code }).toEqual({
        status: 'failed',
        rows: 0,
        version: null,
        code: 'E_SOURCE_CHANGED',
      });
      if (says) expect(error?.message).toMatch(says);
      expect(await fingerprintOfDataset(lake(), name)).toEqual(before.get(name));
    },
  );

  test.each([...HARMLESS, ...(bearsAltering ? ALTERING : [])])(
    '$name: the rows of the snapshot arrive',
    async ({ name }) => {
      const { status, version, error } = tableOf(report, name);
      expect({ status, version, error }).toEqual({ status: 'copied', version: 2, error: null });
      expect(await fingerprintOfDataset(lake(), name)).toEqual(before.get(name));
    },
  );

  test('the run ends with exit code 3', () => expect(report.exitCode).toBe(3));
});

test('a label that is renamed while rows are read: the table fails, since some have the old one and some the new', async () => {
  const made = await createDatabase(
    server,
    `CREATE TYPE mood AS ENUM ('sad', 'happy');
     CREATE TABLE feelings AS SELECT i AS id, 'sad'::mood AS felt FROM generate_series(1, 6000) AS i;`,
  );
  const renamed = vi.fn(() => runSqlNow(made.url, [`ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'`]));
  const { tables } = await copy({
    url: made.url,
    target: `${await temporaryFolder('labels')}/`,
    // The server is at it for three seconds, of which the first slice takes one.
    where: 'pg_sleep(0.0005) IS NOT NULL',
    onEvent: ({ type }) => {
      if (type === 'table-progress' && renamed.mock.calls.length === 0) renamed();
    },
  });
  await made.drop();
  expect(renamed).toHaveBeenCalledTimes(1);
  expect(tables).toMatchObject([{ status: 'failed', error: { code: 'E_SOURCE_CHANGED' } }]);
  expect(tables[0]!.error!.message).toMatch(/^public\.mood was redefined/);
});

describe('a name in the SQL that means another table than in the plan', () => {
  const CHANGES: readonly (readonly [what: string, statements: readonly string[]])[] = [
    ['its table was dropped, and another comes next on the search_path', ['DROP TABLE live.chosen']],
    ['its table was renamed', ['ALTER TABLE live.chosen RENAME TO chosen_before']],
    ['its namespace was renamed', ['ALTER SCHEMA live RENAME TO before']],
    ['the right to its namespace was revoked', ['REVOKE USAGE ON SCHEMA live FROM by_name']],
    ['nothing happens', []],
  ];
  const where = 'id IN (SELECT id FROM chosen)';
  const WAYS: readonly (readonly [way: string, options: Partial<CopyOptions>])[] = [
    ['a condition', { tables: ['public.t'], where }],
    ['a query', { query: { sql: `SELECT id + 0 AS id FROM public.t WHERE ${where}`, name: 'q' } }],
    ['a condition of a query', { query: { sql: 'SELECT id + 0 AS id FROM public.t', name: 'q' }, where }],
    ['a condition, a snapshot for each chunk', { tables: ['public.t'], where, consistency: 'chunk', chunkBy: 'key' }],
  ];
  test.each(
    WAYS.flatMap(([way, options]) => CHANGES.map(([what, statements]) => ({ way, what, options, statements }))),
  )('$way: $what', async ({ options, statements }) => {
    const made = await createDatabase(
      server,
      `DO $$ BEGIN CREATE ROLE by_name LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         CREATE SCHEMA live; CREATE SCHEMA other;
         CREATE TABLE live.chosen AS SELECT generate_series(1, 100) AS id; CREATE TABLE other.chosen AS SELECT generate_series(1, 3) AS id;
         CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 500);
         GRANT USAGE ON SCHEMA live, other TO by_name; GRANT SELECT ON t, live.chosen, other.chosen TO by_name;`,
    );
    const url = new URL(made.url);
    url.username = 'by_name';
    runSqlNow(made.url, [`ALTER ROLE by_name IN DATABASE ${made.name} SET search_path = live, other, public`]);
    const { tables } = await copy({
      url: url.href,
      target: `${await temporaryFolder('names')}/`,
      ...options,
      onEvent: ({ type }) => {
        if (type === 'planned') runSqlNow(made.url, statements);
      },
    });
    await made.drop();
    if (statements.length === 0) expect(tables).toMatchObject([{ status: 'copied', rows: 100, error: null }]);
    else {
      expect(tables).toMatchObject([{ status: 'failed', rows: 0, error: { code: 'E_SOURCE_CHANGED' } }]);
      expect(tables[0]!.error!.message).toMatch(/its name meant another relation/);
    }
  });
});

test('a partition detached of what a condition reads: the table fails', async () => {
  const made = await createDatabase(
    server,
    `${partitioned('parted')} CREATE TABLE chosen AS SELECT i AS id FROM generate_series(1, 500) AS i;`,
  );
  const report = await copy({
    url: made.url,
    target: `${await temporaryFolder('condition')}/`,
    tables: ['chosen'],
    where: 'id IN (SELECT id FROM parted)',
    onEvent: ({ type }) => {
      if (type === 'planned') runSqlNow(made.url, ['ALTER TABLE parted DETACH PARTITION parted_low']);
    },
  });
  await made.drop();
  expect(tableOf(report, 'chosen')).toMatchObject({ status: 'failed', rows: 0, error: { code: 'E_SOURCE_CHANGED' } });
  expect(tableOf(report, 'chosen').error!.message).toMatch(/^public\.parted was .*other partitions/);
});

describe('a partitioned table that is read through its root, since one leaf may not be read by itself', () => {
  const ROLE = 'root_only';

  test.each([
    ['nothing happens', `COMMENT ON TABLE parted IS 'new'`, 'copied'],
    ['a partition is detached', 'ALTER TABLE parted DETACH PARTITION parted_low', 'E_SOURCE_CHANGED'],
    ['one of a partition is detached', 'ALTER TABLE parted_mid DETACH PARTITION parted_mid_a', 'E_SOURCE_CHANGED'],
    ['a partition is dropped', 'DROP TABLE parted_low', 'E_SOURCE_CHANGED'],
    [
      'one that was filled before is attached',
      'ALTER TABLE parted ATTACH PARTITION waiting FOR VALUES FROM (1000) TO (2000)',
      'E_SOURCE_CHANGED',
    ],
    ['one comes to a table beside it', 'CREATE TABLE beside_b PARTITION OF beside FOR VALUES IN (2)', 'copied'],
  ])('%s: %s', async (_, statement, outcome) => {
    const made = await createDatabase(
      server,
      `DO $$ BEGIN CREATE ROLE ${ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       CREATE TABLE beside (k int, id int) PARTITION BY LIST (k);
       CREATE TABLE parted PARTITION OF beside FOR VALUES IN (1) PARTITION BY RANGE (id);
       CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (250);
       CREATE TABLE parted_mid PARTITION OF parted FOR VALUES FROM (250) TO (500) PARTITION BY RANGE (id);
       CREATE TABLE parted_mid_a PARTITION OF parted_mid FOR VALUES FROM (250) TO (300);
       CREATE TABLE parted_mid_b PARTITION OF parted_mid FOR VALUES FROM (300) TO (500);
       CREATE TABLE waiting AS SELECT 1 AS k, 1500 AS id;
       INSERT INTO parted SELECT 1, i FROM generate_series(0, 499) AS i;
       GRANT SELECT ON parted TO ${ROLE};`,
    );
    const url = new URL(made.url);
    url.username = ROLE;
    const report = await copy({
      url: url.href,
      target: `${await temporaryFolder('root')}/`,
      tables: ['parted'],
      onEvent: ({ type }) => {
        if (type === 'planned') runSqlNow(made.url, [statement]);
      },
    });
    await made.drop();
    expect(outcomes(report)).toEqual({ parted: outcome });
    expect(tableOf(report, 'parted').rows).toBe(outcome === 'copied' ? 500 : 0);
  });
});
