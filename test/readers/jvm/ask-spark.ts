/** Questions to Spark: test/readers/jvm/spark_reader.py says which there are. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('spark_reader.py', import.meta.url));

export interface Spark {
  ask<T>(request: object): Promise<T>;
  stop(): Promise<void>;
}

/** A line of Spark with its Iceberg, as scripts/jvm-readers.ts sets them up. */
export interface SparkLine {
  readonly line: string;
  readonly python: string;
  readonly iceberg: string;
  readonly icebergVersion: string;
}

export function sparkLines(): readonly SparkLine[] {
  const lines = process.env['DRACULA_TEST_SPARKS'];
  if (lines === undefined) throw new Error('DRACULA_TEST_SPARKS is not set: run npm run test:readers -- --all');
  return JSON.parse(lines) as SparkLine[];
}

/** One session for all questions, which are asked one after the other: its start takes longer than the answers. */
export function startSpark({ python, iceberg }: SparkLine, warehouse: string): Spark {
  const java = process.env['DRACULA_TEST_SPARK_JAVA'];
  if (java === undefined) throw new Error('DRACULA_TEST_SPARK_JAVA is not set: run npm run test:readers -- --all');
  const child = spawn(python, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ JAVA_HOME: java, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python },
      // Nothing runs for long enough to be worth more than the first compiler: half the processor time.
      JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
      ...{ DRACULA_TEST_ICEBERG: iceberg, DRACULA_TEST_WAREHOUSE: warehouse },
    },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask<T>(request: object) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`Spark ended with exit code ${await ended}: ${said}`);
      const answer = JSON.parse(value) as T & { readonly error?: string };
      if (answer.error !== undefined) throw new Error(`Spark: ${answer.error}`);
      return answer;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
