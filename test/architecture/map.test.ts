/** The map (src/README.md) and the tree agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** The first cells of the table: `core/`, `errors.ts`. */
const mapped = [...readFileSync(`${src}README.md`, 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);

const tree = readdirSync(src, { withFileTypes: true })
  .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
  .filter((name) => name !== 'README.md');

test('the map lists every folder and file of src/, once, and nothing else', () => {
  expect([...mapped].sort()).toEqual(tree.sort());
});

test('the map is in the order of the flow: vocabulary, reading, writing, the run, who calls it', () => {
  const order = ['core/', 'postgres/', 'introspect/', 'extract/', 'parquet/', 'lake/', 'pipeline/', 'cli/'];
  expect(mapped.filter((name) => order.includes(name))).toEqual(order);
});

test('every folder that has folders says so', () => {
  const text = readFileSync(`${src}README.md`, 'utf8');
  const nested = tree
    .filter((name) => name.endsWith('/'))
    .flatMap((name) =>
      readdirSync(`${src}${name}`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${entry.name}/`),
    );
  for (const folder of nested) expect(text).toContain(`\`${folder}\``);
});
