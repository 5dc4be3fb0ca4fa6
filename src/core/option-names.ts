/**
 * What the options of a copy are called on the command line. Messages and hints name an option as the library does, in
 * backticks (`force`, `consistency: table`); where they are printed for somebody who typed a command, they become flags.
 */

export const OPTION_FLAGS: Readonly<Record<string, string>> = {
  tables: '--table',
  exclude: '--exclude',
  query: '--query',
  columns: '--columns',
  where: '--where',
  connections: '--connections',
  chunkBy: '--chunk-by',
  compression: '--compression',
  compressionLevel: '--compression-level',
  rowGroupRows: '--row-group-rows',
  partBytes: '--part-bytes',
  memoryBytes: '--memory',
  consistency: '--consistency',
  maxSnapshotAgeMs: '--max-snapshot-age',
  maxBlockMs: '--max-block',
  statementTimeoutMs: '--statement-timeout',
  numeric: '--numeric',
  readers: '--readers',
  awkward: '--awkward',
  maxQuarantined: '--max-quarantined',
  columnOptions: '--column',
  verify: '--verify',
  failFast: '--fail-fast',
  force: '--force',
};

/** The text with `force` as `--force`, and `consistency: table` as `--consistency table`. */
export function withFlags(text: string): string {
  return text.replace(/`(\w+)(?:: (\w+))?`/g, (all, name: string, value?: string) => {
    const flag = Object.hasOwn(OPTION_FLAGS, name) ? OPTION_FLAGS[name] : undefined;
    if (flag === undefined) return all;
    return `\`${flag}${value === undefined ? '' : ` ${value}`}\``;
  });
}
