/**
 * Locales whose money has 0, 2 and 3 fraction digits, for `npm run test:locales`: compiled once into .cache/locales from the operating
 * system's own sources, so that nothing is installed into the system and no right is needed. What is not there ends with exit
 * code 1 and the way to get it: nothing is skipped.
 *
 *   node scripts/locales.ts vitest run --project locales
 *
 * runs the command with DRACULA_TEST_LOCALES set to that folder, which is for LOCPATH of a server.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from './python-environment.ts';

const LOCALES = ['ja_JP', 'de_DE', 'ar_BH'];
const HOW =
  'The locales ja_JP, de_DE and ar_BH cannot be compiled here; the lane needs Linux with glibc, localedef and the sources of the locales (Debian: apt install locales)';

const folder = join(fileURLToPath(new URL('../', import.meta.url)), '.cache', 'locales');
mkdirSync(folder, { recursive: true });
for (const locale of LOCALES) compile(locale, join(folder, `${locale}.UTF-8`));

const [program, ...args] = process.argv.slice(2);
if (program !== undefined) {
  const env = { ...process.env, DRACULA_TEST_LOCALES: folder };
  process.exitCode = spawnSync(program, args, { stdio: 'inherit', env }).status ?? 1;
}

/** Money needs the digits of LC_MONETARY and the encoding of LC_CTYPE. Compiled beside its place, so that a folder is whole. */
function compile(locale: string, target: string): void {
  if (existsSync(target)) return;
  const made = `${target}.made`;
  rmSync(made, { recursive: true, force: true });
  must('localedef', ['-i', locale, '-f', 'UTF-8', made], HOW);
  renameSync(made, target);
}
