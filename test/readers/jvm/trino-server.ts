/**
 * A Trino of the test's own: one node on loopback with two catalogs, `hive` and `iceberg`, whose metastores are files below the test's
 * folder. Only these two plug-ins are loaded: with all of them it starts in minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, askTrino } from './ask-trino.ts';

export interface Trino {
  /** `session` has catalog properties, as `hive.timestamp_precision`. */
  query(sql: string, session?: Readonly<Record<string, string>>): Promise<Answer>;
  stop(): Promise<void>;
}

/** That of the folder's name, which scripts/jvm-readers.ts pins. */
export function trinoVersion(): string {
  return /-(\d+)$/.exec(process.env['DRACULA_TEST_TRINO'] ?? '')?.[1] ?? 'not set';
}

const START_MS = 600_000;
const NODE_MS = 60_000;

/** Tables' locations are `local:///<path below root>`. */
export async function startTrino(root: string): Promise<Trino> {
  const [home, java] = ['DRACULA_TEST_TRINO', 'DRACULA_TEST_TRINO_JAVA'].map((name) => process.env[name]);
  if (home === undefined || java === undefined)
    throw new Error('DRACULA_TEST_TRINO or DRACULA_TEST_TRINO_JAVA is not set: run npm run test:readers -- --all');
  const folder = join(root, 'trino');
  const port = await freePort();
  await writeConfiguration(folder, home, root, port);
  const child = spawn(
    join(java, 'bin', 'java'),
    [
      ...['-Xmx2g', '-Djdk.attach.allowAttachSelf=true', '-Duser.timezone=UTC', '-Dconfig=etc/config.properties'],
      ...['--add-modules=jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED', '-XX:+UseSerialGC'],
      '-XX:TieredStopAtLevel=1', // half the processor time: no query runs for long
      ...['-cp', join(home, 'lib', '*'), 'io.trino.server.TrinoServer'],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await started(child);
  const url = `http://127.0.0.1:${port}`;
  await nodeRegistered(url).catch(async (error: unknown) => {
    await stopped(child);
    throw error;
  });
  return {
    query: (sql, session = {}) => askTrino(url, sql, session),
    stop: () => stopped(child),
  };
}

/** The server says that it is started before it knows its own node: until then it refuses what reads a file (NO_NODES_AVAILABLE). */
async function nodeRegistered(url: string): Promise<void> {
  await askTrino(url, 'CREATE SCHEMA hive.started', {});
  await askTrino(url, 'CREATE TABLE hive.started.t AS SELECT 1 AS c', {});
  const until = performance.now() + NODE_MS;
  for (;;) {
    try {
      await askTrino(url, 'SELECT c FROM hive.started.t', {});
      return;
    } catch (error) {
      if (!String(error).includes('NO_NODES_AVAILABLE') || performance.now() > until) throw error;
    }
    await sleep(200);
  }
}

async function writeConfiguration(folder: string, home: string, root: string, port: number): Promise<void> {
  await mkdir(join(folder, 'etc', 'catalog'), { recursive: true });
  await mkdir(join(folder, 'plugin'));
  for (const name of ['hive', 'iceberg']) await symlink(join(home, 'plugin', name), join(folder, 'plugin', name));
  const files = { 'fs.native-local.enabled': 'true', 'local.location': root };
  const configurations = {
    'config.properties': {
      ...{ 'node.environment': 'test', 'node.internal-address': '127.0.0.1', 'node.bind-ip': '127.0.0.1' },
      ...{ coordinator: 'true', 'node-scheduler.include-coordinator': 'true', 'plugin.dir': join(folder, 'plugin') },
      ...{ 'http-server.http.port': `${port}`, 'discovery.uri': `http://127.0.0.1:${port}` },
      ...{ 'query.max-memory': '600MB', 'query.max-memory-per-node': '500MB' },
      'memory.heap-headroom-per-node': '400MB',
    },
    'catalog/hive.properties': {
      ...{
        'connector.name': 'hive',
        'hive.metastore': 'file',
        'hive.metastore.catalog.dir': 'local:///metastore/hive',
      },
      ...files,
    },
    'catalog/iceberg.properties': {
      ...{ 'connector.name': 'iceberg', 'iceberg.catalog.type': 'TESTING_FILE_METASTORE' },
      'hive.metastore.catalog.dir': 'local:///metastore/iceberg',
      ...{ 'iceberg.register-table-procedure.enabled': 'true', 'iceberg.add-files-procedure.enabled': 'true' },
      ...files,
    },
  };
  for (const [name, settings] of Object.entries(configurations)) {
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(join(folder, 'etc', name), lines.join(''));
  }
}

async function started(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`Trino ${why}: ${said.slice(-4000)}`));
    };
    const timer = setTimeout(fail, START_MS, `was not up after ${START_MS / 1000} s`);
    const listen = (text: string) => {
      said = (said + text).slice(-20_000);
      if (!said.includes('SERVER STARTED')) return;
      clearTimeout(timer);
      resolve();
    };
    for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', listen);
    child.once('close', (code) => fail(`ended with exit code ${code}`));
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
