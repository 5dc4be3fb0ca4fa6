/** `dracula verify`: calls the library, prints each dataset as it is compared, or one JSON document. */
import { verifyDatasets } from '../index.ts';
import { createVerifyProgress } from '../observe/verify-progress.ts';
import { renderVerification, renderVerifyTotal } from '../observe/verify-report.ts';
import { chooseLake } from './lake-choice.ts';
import { columnsOf, messageStream, print, printJson, type Session } from './session.ts';
import type { VerifyFlags } from './verify-flags.ts';
import { withoutUndefined } from './without-undefined.ts';

/** Resolves with 0, 5 for a difference under --strict, or the lowest code of what could not be compared. */
export async function runVerify(datasets: readonly string[], flags: VerifyFlags, session: Session): Promise<number> {
  const printed: Promise<void>[] = [];
  const { url, where, strict, sample, maxBlock, maxSnapshotAge } = flags;
  const progress = createVerifyProgress({
    stream: messageStream(session),
    isTty: session.stderr.isTTY === true,
    columns: () => columnsOf(session.stderr),
    color: session.color,
  });
  const report = await verifyDatasets({
    lake: chooseLake(flags.lake, session.env),
    env: session.env,
    signal: session.signal,
    onEvent: progress,
    ...withoutUndefined({
      datasets: datasets.length === 0 ? undefined : datasets,
      url,
      where,
      strict,
      samplePercent: sample,
      maxBlockMs: maxBlock,
      maxSnapshotAgeMs: maxSnapshotAge,
    }),
    ...(flags.json
      ? {}
      : {
          onDataset: (dataset) => {
            progress.hide();
            printed.push(print(session, `${renderVerification(dataset)}\n`));
          },
        }),
  }).finally(() => progress.close());
  await Promise.all(printed);
  if (flags.json) await printJson(session, report);
  else await print(session, `${renderVerifyTotal(report)}\n`);
  return report.exitCode;
}
