/**
 * The Node that is needed, asked before anything is loaded that an older one cannot load: there the missing export of a
 * built-in module is a SyntaxError without a word of what to do. bin/dracula.js asks the same by itself, for any Node.
 */
import { DraculaError, ERROR_CODES } from '../errors.ts';

/** The oldest major and minor. */
export const REQUIRED_NODE = [22, 18] as const;

/** Throws E_NODE_VERSION for a Node that is too old. The message has the hint in it: who imports the library sees no more. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = REQUIRED_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new DraculaError(
    'E_NODE_VERSION',
    `Dracula needs Node ${oldestMajor}.${oldestMinor} or newer; this is Node ${version}. ${ERROR_CODES.E_NODE_VERSION.hint}`,
  );
}
