/**
 * The readers that run on Java, for `npm run test:readers -- --all`: two lines of Spark from PyPI (test/readers/jvm/spark-*.txt), each with
 * a release of Iceberg for it, and Trino, both from Maven Central (1.7 GB to fetch, once), under .cache/readers-jvm.
 *
 * The Java of each is looked for in JAVA_HOME, at the `java` of the PATH and in the folders beside these. What is missing ends the process
 * with exit code 1.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { must, pythonEnvironment } from './python-environment.ts';

const TRINO = '476';

/** The newest line, and the oldest that Athena's line of Iceberg still has: what that one does not read is not written for Spark. */
const SPARKS: readonly Omit<SparkLine, 'python' | 'iceberg'>[] = [
  { line: '4.1', icebergVersion: '1.12.0', artifact: 'iceberg-spark-runtime-4.1_2.13' },
  { line: '3.5', icebergVersion: '1.9.2', artifact: 'iceberg-spark-runtime-3.5_2.12' },
];

/** What DRACULA_TEST_SPARKS has, as JSON, of each line. */
export interface SparkLine {
  readonly line: string;
  readonly python: string;
  /** The jar. */
  readonly iceberg: string;
  readonly icebergVersion: string;
  readonly artifact: string;
}

/** The environment of the tests in test/readers/jvm. */
export function jvmReaders(root: string): Readonly<Record<string, string>> {
  const cache = join(root, '.cache', 'readers-jvm');
  const sparks = SPARKS.map((spark): SparkLine => {
    const requirements = join(root, 'test', 'readers', 'jvm', `spark-${spark.line}.txt`);
    const python = pythonEnvironment(join(cache, `spark-${spark.line}`), requirements, []);
    return { ...spark, python, iceberg: icebergJar(cache, spark.artifact, spark.icebergVersion) };
  });
  return {
    DRACULA_TEST_SPARK_JAVA: javaHome('Spark', [17, 21]),
    DRACULA_TEST_TRINO_JAVA: javaHome('Trino', [24, 25]),
    DRACULA_TEST_SPARKS: JSON.stringify(sparks),
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

function icebergJar(cache: string, artifact: string, version: string): string {
  const jar = join(cache, 'iceberg', `${artifact}-${version}.jar`);
  if (existsSync(jar)) return jar;
  fetchByMaven(cache, `org.apache.iceberg:${artifact}:${version}`, (fetched) => {
    mkdirSync(dirname(jar), { recursive: true });
    renameSync(join(fetched, basename(jar)), jar);
  });
  return jar;
}

function trinoServer(cache: string): string {
  const name = `trino-server-${TRINO}`;
  const complete = join(cache, `complete-${name}`);
  if (existsSync(complete)) return join(cache, name);
  rmSync(join(cache, name), { recursive: true, force: true });
  fetchByMaven(cache, `io.trino:trino-server:${TRINO}:tar.gz`, (fetched) =>
    must('tar', ['-xzf', join(fetched, `${name}.tar.gz`), '-C', cache], 'Trino could not be unpacked'),
  );
  writeFileSync(complete, '');
  return join(cache, name);
}

/** Maven keeps a copy in a repository of its own, which is removed with the folder once `use` is done. */
function fetchByMaven(cache: string, artifact: string, use: (folder: string) => void): void {
  const fetched = join(cache, 'fetched');
  rmSync(fetched, { recursive: true, force: true });
  mkdirSync(fetched, { recursive: true });
  must(
    'mvn',
    [
      ...['--quiet', '--batch-mode', 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'],
      `-Dartifact=${artifact}`,
      ...[`-DoutputDirectory=${fetched}`, `-Dmaven.repo.local=${join(fetched, 'repository')}`],
    ],
    `${artifact} could not be fetched by Maven`,
  );
  use(fetched);
  rmSync(fetched, { recursive: true });
}
