import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPassword, readPasswordFile } from '../../../src/postgres/password-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const QUERY = { host: 'db.example.com', port: 5432, database: 'shop', user: 'reader' };

describe('findPassword', () => {
  it.each<[string, string, string | undefined]>([
    ['all fields', 'db.example.com:5432:shop:reader:secret', 'secret'],
    ['wildcards', '*:*:*:*:secret', 'secret'],
    ['the first line that matches', 'other:5432:shop:reader:no\n*:*:*:reader:first\n*:*:*:*:second', 'first'],
    ['line ends of Windows', '*:*:*:*:secret\r\n', 'secret'],
    ['an escaped colon and backslash', String.raw`*:*:*:*:se\:c\\ret`, String.raw`se:c\ret`],
    ['a comment before', '# *:*:*:*:no\n*:*:*:*:secret', 'secret'],
    ['blanks in the password', '*:*:*:*: se cret ', ' se cret '],
    ['fields after the password', '*:*:*:*:secret:more', 'secret'],
    ['another port', '*:5433:*:*:secret', undefined],
    ['another host', 'db:5432:shop:reader:secret', undefined],
    ['a star that is not alone', '*:*:sh*:*:secret', undefined],
    ['an escaped star', String.raw`*:*:\*:*:secret`, undefined],
    ['too few fields', '*:*:*:secret', undefined],
    ['an empty password', '*:*:*:*:', undefined],
    ['an empty file', '', undefined],
    ['a backslash at the end', '*:*:*:*:secret\\', 'secret\\'],
  ])('understands %s', (_, text, password) => {
    expect(findPassword(text, QUERY)).toBe(password);
  });

  it('compares escaped names', () => {
    const query = { host: '::1', port: 5432, database: 'a\\b', user: 'x:y' };
    expect(findPassword(String.raw`\:\:1:5432:a\\b:x\:y:secret`, query)).toBe('secret');
  });
});

describe('readPasswordFile', () => {
  it('reads a file that only its owner may read', async () => {
    const path = join(await temporaryFolder(), 'pgpass');
    await writeFile(path, '*:*:*:*:secret\n', { mode: 0o600 });
    expect(await readPasswordFile(path, QUERY)).toEqual({ password: 'secret' });
  });

  it('does not use one that others may read, and says so', async () => {
    const path = join(await temporaryFolder(), 'pgpass');
    await writeFile(path, '*:*:*:*:secret\n');
    await chmod(path, 0o640);
    expect(await readPasswordFile(path, QUERY)).toEqual({
      notice: `The password file ${path} is not used: others may read it (chmod 0600 mends that).`,
    });
  });

  it('does not use a folder, and says so', async () => {
    const path = join(await temporaryFolder(), 'pgpass');
    await mkdir(path);
    expect(await readPasswordFile(path, QUERY)).toEqual({
      notice: `The password file ${path} is not used: it is not a plain file.`,
    });
  });

  it('takes a missing file for none', async () => {
    expect(await readPasswordFile(join(await temporaryFolder(), 'pgpass'), QUERY)).toEqual({});
  });
});
