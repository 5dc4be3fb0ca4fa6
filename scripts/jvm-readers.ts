/**
 * The readers that run on Java, for `npm run test:readers -- --all`: Spark from PyPI (test/readers/jvm/requirements.txt) and Trino from
 * Maven Central (0.8 GB to fetch, once), under .cache/readers-jvm.
 *
 * The Java of each is looked for in JAVA_HOME, at the `java` of the PATH and in the folders beside these. What is missing ends the process
 * with exit code 1.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { must, pythonEnvironment } from './python-environment.ts';

const TRINO = '476';

/** The environment of the tests in test/readers/jvm. */
export function jvmReaders(root: string): Readonly<Record<string, string>> {
  const cache = join(root, '.cache', 'readers-jvm');
  const requirements = join(root, 'test', 'readers', 'jvm', 'requirements.txt');
  return {
    DRACULA_TEST_SPARK_JAVA: javaHome('Spark', [17, 21]),
    DRACULA_TEST_TRINO_JAVA: javaHome('Trino', [24, 25]),
    DRACULA_TEST_SPARK_PYTHON: pythonEnvironment(join(cache, 'spark'), requirements, []),
    DRACULA_TEST_TRINO: trinoServer(cache),
  };
}

function javaHome(reader: string, majors: readonly number[]): string {
  const found = javaHomes().map((home) => ({ home, major: majorOf(home) }));
  for (const major of majors) {
    const match = found.find((each) => each.major === major);
    if (match !== undefined) return match.home;
  }
  const there = found.map(({ major }) => major).join(', ') || 'none';
  console.error(
    `${reader} needs Java ${majors.join(' or ')}; found: ${there}. Install it beside the others, or name it in JAVA_HOME.`,
  );
  process.exit(1);
}

/** Folders with a `release` file: JAVA_HOME, that of the `java` on the PATH, and those beside them. */
function javaHomes(): string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'java'));
  const first = onPath.find((java) => existsSync(java));
  const known = [process.env['JAVA_HOME'], first && dirname(dirname(realpathSync(first)))].filter((home) => !!home);
  const parents = known.map((home) => dirname(home!));
  const beside = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  return [...new Set([...(known as string[]), ...beside])].filter((home) => existsSync(join(home, 'release')));
}

function majorOf(home: string): number {
  const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'));
  return Number(version?.[1]);
}

/** Maven fetches it into a repository of its own, which is then removed. */
function trinoServer(cache: string): string {
  const name = `trino-server-${TRINO}`;
  const complete = join(cache, `complete-${name}`);
  if (existsSync(complete)) return join(cache, name);
  const fetched = join(cache, 'fetched');
  for (const folder of [fetched, join(cache, name)]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(fetched, { recursive: true });
  must(
    'mvn',
    [
      ...['--quiet', '--batch-mode', 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'],
      `-Dartifact=io.trino:trino-server:${TRINO}:tar.gz`,
      ...[`-DoutputDirectory=${fetched}`, `-Dmaven.repo.local=${join(fetched, 'repository')}`],
    ],
    `Trino ${TRINO} could not be fetched by Maven`,
  );
  must('tar', ['-xzf', join(fetched, `${name}.tar.gz`), '-C', cache], 'Trino could not be unpacked');
  rmSync(fetched, { recursive: true });
  writeFileSync(complete, '');
  return join(cache, name);
}
