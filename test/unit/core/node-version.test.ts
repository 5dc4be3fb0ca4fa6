import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REQUIRED_NODE, requireNode } from '../../../src/core/node-version.ts';
import { ERROR_CODES, isDraculaError } from '../../../src/errors.ts';

it.each(['12.22.0', '20.20.2', '22.17.1'])(
  'refuses Node %s with the version that is needed and the way to it',
  (version) => {
    try {
      requireNode(version);
      expect.unreachable();
    } catch (error) {
      expect(isDraculaError(error, 'E_NODE_VERSION')).toBe(true);
      expect((error as Error).message).toBe(
        `Dracula needs Node 22.18 or newer; this is Node ${version}. ${ERROR_CODES.E_NODE_VERSION.hint}`,
      );
    }
  },
);

it.each(['22.18.0', '23.0.0', '24.1.2', '26.0.0-nightly'])('takes Node %s', (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

it('asks for the same Node as package.json and the launcher', () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const [major, minor] = REQUIRED_NODE;
  expect(JSON.parse(read('package.json')).engines.node).toBe(`>=${major}.${minor}`);
  expect(read('bin/dracula.js')).toContain(`const REQUIRED = [${major}, ${minor}];`);
  expect(read('bin/dracula.js')).toContain(ERROR_CODES.E_NODE_VERSION.hint);
});
