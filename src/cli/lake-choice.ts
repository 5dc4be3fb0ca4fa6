/** Which lake a reading command means: `--lake`, else `$DRACULA_LAKE`, else `./lake`. */
import type { Environment } from './host.ts';

export function chooseLake(flag: string | undefined, env: Environment): string {
  const named = flag ?? env['DRACULA_LAKE'];
  return named === undefined || named === '' ? './lake' : named;
}
