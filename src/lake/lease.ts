/**
 * The lease of a dataset: one run at a time writes it, and says so in `lease/<n>.json` with host, pid and heartbeat.
 *
 * The lease with the highest number counts. A number is taken by the storage's conditional create and never free
 * again, so of two takers of a stale lease one wins n + 1 and the other sees it: nobody ever removes or overwrites what
 * another holds. Only lower numbers are cleared away; a taker so slow that its number was cleared meanwhile finds a higher one when it
 * looks after its create, and steps back. A release marks the own file and leaves it, so that the count goes on.
 *
 * A lease keeps runs out of each other's way and makes clean-up safe (orphans.ts); that no version is lost does not
 * depend on it, but on the commit (versions.ts). So a wrong clock costs a run, never data.
 */
import { DraculaError } from '../errors.ts';
import { leaseFolder } from './layout.ts';
import { parseMetadata } from './metadata-json.ts';
import { isGone, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { isTemporaryName, type Storage } from './storage.ts';

export interface LeaseTimes {
  /** Between two heartbeats. Default 5,000. */
  readonly heartbeatMs: number;
  /** A lease without a heartbeat for so long is stale. Default 60,000. */
  readonly staleAfterMs: number;
}
export const LEASE_TIMES: LeaseTimes = { heartbeatMs: 5_000, staleAfterMs: 60_000 };

export interface LeaseOptions {
  readonly storage: Storage;
  readonly dataset: string;
  readonly runId: string;
  readonly times?: Partial<LeaseTimes>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly identity?: ProcessIdentity;
}

export interface Lease {
  readonly runId: string;
  /** Aborted with E_LEASE_LOST as its reason once a heartbeat finds that another run took over. */
  readonly lost: AbortSignal;
  /** Looks at the storage. */
  isOurs(): Promise<boolean>;
  /** Throws E_LEASE_LOST when another run took over. */
  assertOurs(): Promise<void>;
  /** Gives the lease back if it is still ours; stops the heartbeat. */
  release(): Promise<void>;
  /** The same, and leaves nothing behind: the place is not a table's, which is told by its leases (quarantine.ts). */
  withdraw(): Promise<void>;
}

interface LeaseFile extends ProcessIdentity {
  readonly runId: string;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  readonly released: boolean;
}

/** Each round that loses means that another run won: after so many it holds the lease in all likelihood. */
const ROUNDS = 20;

/** Takes the dataset's lease, or throws E_LEASE_HELD with who holds it. The dataset is untouched either way. */
export async function acquireLease(options: LeaseOptions): Promise<Lease> {
  const { storage, dataset, runId, now = Date.now, identity = ownIdentity() } = options;
  const times = { ...LEASE_TIMES, ...options.times };
  await storage.makeFolder(leaseFolder(dataset));
  for (let round = 0; round < ROUNDS; round++) {
    const top = await highestLease(storage, dataset);
    if (top > 0) await refuseHeld(storage, dataset, top, identity, now(), times);
    const mine = top + 1;
    const at = new Date(now()).toISOString();
    const file: LeaseFile = { runId, ...identity, startedAt: at, heartbeatAt: at, released: false };
    if ((await storage.create(leaseKey(dataset, mine), format(file))) === 'exists') continue;
    if ((await highestLease(storage, dataset)) === mine) {
      await clearBelow(storage, dataset, mine);
      return holdLease(options, mine, file, times, now);
    }
    await storage.remove(leaseKey(dataset, mine));
  }
  throw new DraculaError(
    'E_LEASE_HELD',
    `Other runs take the lease of ${dataset} again and again. Nothing was read or written.`,
    { dataset },
  );
}

function holdLease(options: LeaseOptions, mine: number, file: LeaseFile, times: LeaseTimes, now: () => number): Lease {
  const { storage, dataset, runId } = options;
  const lost = new AbortController();
  const key = leaseKey(dataset, mine);
  let released = false;

  const isOurs = async (): Promise<boolean> =>
    !lost.signal.aborted && !released && (await highestLease(storage, dataset)) === mine;
  const write = (change: Partial<LeaseFile>): Promise<void> =>
    storage.replace(key, format({ ...file, heartbeatAt: new Date(now()).toISOString(), ...change }));
  const lose = (): DraculaError => {
    clearInterval(timer);
    const reason = lostError(storage, dataset, runId);
    lost.abort(reason);
    return reason;
  };

  /** The heartbeat on its way; null between two. */
  let beating: Promise<void> | null = null;
  async function beat(): Promise<void> {
    try {
      if (await isOurs()) await write({});
      else if (!released) lose();
    } catch {
      // A heartbeat that could not be written (a full disk) makes the lease look old, and no worse; the next one tries again.
    } finally {
      beating = null;
    }
  }
  const timer = setInterval(() => {
    beating ??= beat();
  }, times.heartbeatMs);
  timer.unref();
  const end = async (giveBack: () => Promise<void>): Promise<void> => {
    clearInterval(timer);
    // Written after the release, it would take the lease for as long as this process lives.
    await beating;
    const ours = await isOurs();
    released = true;
    if (ours) await giveBack();
  };

  return {
    runId,
    lost: lost.signal,
    isOurs,
    async assertOurs() {
      if (lost.signal.aborted) throw lost.signal.reason;
      if (!(await isOurs())) throw lose();
    },
    release: () => end(() => write({ released: true })),
    withdraw: () => end(() => storage.remove(key)),
  };
}

async function refuseHeld(
  storage: Storage,
  dataset: string,
  number: number,
  own: ProcessIdentity,
  nowMs: number,
  times: LeaseTimes,
): Promise<void> {
  const holder = await readLease(storage, leaseKey(dataset, number));
  if (holder === null || holder.released || isGone(holder, own)) return;
  const ageMs = nowMs - Date.parse(holder.heartbeatAt);
  // A heartbeat from far in the future is a clock that was wrong: it must not lock the dataset for good.
  if (Math.abs(ageMs) > times.staleAfterMs) return;
  const age = `${Math.max(0, Math.round(ageMs / 1000))} s ago`;
  const message = `${dataset} is being written by run ${holder.runId} on ${holder.host} (pid ${holder.pid}, last heartbeat ${age}). Nothing was read or written.`;
  throw new DraculaError('E_LEASE_HELD', message, {
    dataset,
    host: holder.host,
    path: storage.locate(leaseKey(dataset, number)),
  });
}

/**
 * Null where the lease is free to take: the file went meanwhile (then a higher one exists), or it cannot be read. Lease
 * files appear whole; one that cannot be read was cut by a power failure, and its holder with it.
 */
async function readLease(storage: Storage, key: string): Promise<LeaseFile | null> {
  const text = await storage.read(key);
  if (text === null) return null;
  try {
    const file = parseMetadata(text, storage.locate(key));
    const heartbeatAt = file.text('heartbeatAt');
    if (Number.isNaN(Date.parse(heartbeatAt))) return null;
    return {
      runId: file.text('runId'),
      host: file.text('host'),
      pid: file.count('pid'),
      bootId: file.text('bootId'),
      pidNamespace: file.text('pidNamespace'),
      startedTicks: file.text('startedTicks'),
      startedAt: file.text('startedAt'),
      heartbeatAt,
      released: file.flag('released'),
    };
  } catch {
    return null;
  }
}

async function highestLease(storage: Storage, dataset: string): Promise<number> {
  return (await storage.list(leaseFolder(dataset))).reduce((top, name) => Math.max(top, leaseNumber(name) ?? 0), 0);
}

/** What earlier leases left, temporary files of killed runs included. Best effort: they do no harm. */
async function clearBelow(storage: Storage, dataset: string, mine: number): Promise<void> {
  for (const name of await storage.list(leaseFolder(dataset))) {
    const number = leaseNumber(isTemporaryName(name) ? name.slice(1).replace(/\.[^.]+\.tmp$/, '') : name);
    if (number !== null && number < mine)
      await storage.remove(`${leaseFolder(dataset)}/${name}`).catch(() => undefined);
  }
}

function leaseNumber(name: string): number | null {
  const match = /^([1-9]\d{0,14})\.json$/.exec(name);
  return match === null ? null : Number(match[1]);
}

const leaseKey = (dataset: string, number: number): string => `${leaseFolder(dataset)}/${number}.json`;
const format = (file: LeaseFile): string => `${JSON.stringify(file, null, 2)}\n`;

function lostError(storage: Storage, dataset: string, runId: string): DraculaError {
  const path = storage.locate(leaseFolder(dataset));
  const message = `Run ${runId} lost the lease of ${dataset} to another run (this process slept, or the lease or the lake's folder was removed). It committed nothing.`;
  return new DraculaError('E_LEASE_LOST', message, { dataset, path });
}
