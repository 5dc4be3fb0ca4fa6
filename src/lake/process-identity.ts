/**
 * Which process holds something, so that another one on the same machine can tell whether it still lives.
 *
 * A pid alone says little: it means another process on another host, after a reboot, in another pid namespace (containers)
 * and after it was given out again. So the boot id, the namespace and the start time go with it where the system tells
 * them (Linux); elsewhere they are empty and equal.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  readonly bootId: string;
  /** E.g. `pid:[4026531836]`. */
  readonly pidNamespace: string;
  /** Clock ticks after boot at which the process started. */
  readonly startedTicks: string;
}

export function ownIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    pid: process.pid,
    bootId: tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: tryRead(() => readlinkSync('/proc/self/ns/pid')),
    startedTicks: startTicks(process.pid),
  };
}

/** True only where it is certain: the same machine, boot and pid namespace as ours, and no such process. */
export function isGone(other: ProcessIdentity, own: ProcessIdentity = ownIdentity()): boolean {
  const comparable = other.host === own.host && other.bootId === own.bootId && other.pidNamespace === own.pidNamespace;
  if (!comparable) return false;
  if (!isAlive(other.pid) || isZombie(other.pid)) return true;
  const ticks = startTicks(other.pid);
  return ticks !== '' && other.startedTicks !== '' && ticks !== other.startedTicks;
}

function isAlive(pid: number): boolean {
  // 0 and negative numbers would ask for process groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as { code?: string }).code === 'EPERM'; // it lives and is another user's
  }
}

/** It has ended to its last thread, and nobody has waited for it: in a container whose first process reaps none, for ever. */
function isZombie(pid: number): boolean {
  return statField(pid, 3) === 'Z' && tryRead(() => readdirSync(`/proc/${pid}/task`).join()) === String(pid);
}

function startTicks(pid: number): string {
  return statField(pid, 22);
}

/** Of /proc/<pid>/stat, counted from 1 as in proc(5), from 3 on; the command's name before it may hold spaces and brackets. */
function statField(pid: number, field: number): string {
  return tryRead(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3] ?? '';
  });
}

/** Empty where the system does not tell. */
function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
