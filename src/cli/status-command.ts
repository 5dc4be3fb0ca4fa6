/** `dracula status`: what a lake holds now. Reads its metadata, and the sizes of its parts; never what is in them. */
import { ERROR_CODES } from '../errors.ts';
import { describeLake } from '../lake/describe.ts';
import { openLake } from '../lake/lake.ts';
import { chooseLake } from './lake-choice.ts';
import { print, printJson, type Session } from './session.ts';
import type { StatusFlags } from './status-flags.ts';
import { renderStatus } from './status-report.ts';

/** Resolves with 0, or with the lowest exit code of datasets that cannot be read; they hide none of the others. */
export async function runStatus(flags: StatusFlags, session: Session): Promise<number> {
  const lake = await openLake(chooseLake(flags.lake, session.env), { create: false });
  const { root, datasets, problems } = await describeLake(lake);
  if (flags.json) await printJson(session, { format: 1, lake: root, datasets, problems });
  else await print(session, renderStatus({ root, datasets, problems }, Date.now()));
  return problems.length === 0 ? 0 : Math.min(...problems.map(({ error }) => ERROR_CODES[error.code].exit));
}
