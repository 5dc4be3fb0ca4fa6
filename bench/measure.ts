/** Runs a command as a whole process and says what it took: wall and CPU seconds of it and its children, peak memory. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Measured {
  readonly wallSeconds: number;
  /** User and system time of the process and the children it waited for. */
  readonly cpuSeconds: number;
  /** The largest resident size seen; sampled every 20 ms from the kernel's own high-water mark (Linux). */
  readonly peakRssBytes: number;
}

/** bash's own accounting: it waits for the command and knows what that cost. */
const TIMED = 'TIMEFORMAT=\'%R %U %S\'; time "$@" >/dev/null';

/** Rejects when the command fails, with what it said. */
export function runMeasured(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', TIMED, 'bash', command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let peakRssBytes = 0;
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const sampler = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, ...childrenOf(child.pid!).map(peakOf));
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(sampler);
      const times = said.trim().split('\n').at(-1)!.split(' ').map(Number);
      if (code !== 0 || times.length !== 3) {
        reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`));
        return;
      }
      const [real, user, system] = times as [number, number, number];
      resolve({ wallSeconds: real, cpuSeconds: user + system, peakRssBytes });
    });
  });
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    return []; // the process is over, or this is not Linux: then no peak is measured
  }
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Bytes of the files below a folder that end in `ending`. */
export function folderBytes(folder: string, ending: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
