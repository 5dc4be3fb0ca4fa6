/**
 * The user that an embedded PostgreSQL runs as. `initdb` and `postgres` refuse root, so root starts them as nobody
 * (65534, the overflow id of Linux: no entry in /etc/passwd is needed); everybody else starts them as himself.
 */
import { chown, lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NOBODY = 65534;

/** `dropped`: the server runs as another user than this process. */
export type ServerUser =
  | { readonly dropped: false }
  | { readonly dropped: true; readonly uid: number; readonly gid: number };

export function serverUser(): ServerUser {
  return process.getuid?.() === 0 ? { dropped: true, uid: NOBODY, gid: NOBODY } : { dropped: false };
}

/** The options of `spawn` that make a child run as this user. */
export function spawnAs(user: ServerUser): { uid?: number; gid?: number } {
  return user.dropped ? { uid: user.uid, gid: user.gid } : {};
}

/** Gives a folder, with everything in it, to the server's user. */
export async function giveTo(user: ServerUser, folder: string): Promise<void> {
  if (!user.dropped) return;
  await chown(folder, user.uid, user.gid);
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), user.uid, user.gid);
}
