/**
 * An error as three lines: what happened, where, what to do next.
 * ```
 * error[E_AWKWARD_VALUE]: the value is infinity, which no reader's DATE can hold
 *   at: table public.orders, column shipped_on, row 48,213 (ctid (12,3))
 *   try: Mend the row, or let such values become null and be counted with --awkward null.
 * ```
 * Options are named as the flags of the command line. Facts are names, counts and offsets only, never a value, so nothing is left out but what the message says already.
 */
import { withFlags } from '../core/option-names.ts';
import type { ErrorCode, ErrorFacts, SerializedError } from '../errors.ts';
import { formatCount } from './number-format.ts';
import { printableDataset, printableName, printableText } from './printable-text.ts';

export interface ErrorTextOptions {
  /** Red label. Default false. */
  readonly color?: boolean;
  /** Spaces before each line. Default 0. */
  readonly indent?: number;
}

/** The lines of an error, without a line feed at the end. */
export function renderError(error: SerializedError, options: ErrorTextOptions = {}): string {
  const label = `error[${error.code}]`;
  const where = describePlace(error.facts);
  const lines = [
    `${options.color ? `\x1b[1;31m${label}\x1b[0m` : label}: ${printableMessage(error)}`,
    ...(where === '' ? [] : [`  at: ${where}`]),
    `  try: ${printableText(withFlags(error.hint))}`,
  ];
  const indent = ' '.repeat(options.indent ?? 0);
  return lines.map((line) => indent + line.replaceAll('\n', `\n${indent}  `)).join('\n');
}

/** Whose messages another program wrote, in lines: DuckDB's, a server's log. In all others a line feed is one of a name. */
const IN_LINES: ReadonlySet<ErrorCode> = new Set(['E_ENGINE', 'E_SQL', 'E_INTERNAL', 'E_EMBEDDED_POSTGRES']);

function printableMessage({ code, message }: Pick<SerializedError, 'code' | 'message'>): string {
  return (IN_LINES.has(code) ? printableText : printableName)(withFlags(message));
}

/** What happened, with its code, in one line: where the other lines stand elsewhere. */
export function renderErrorLine({ code, message }: Pick<SerializedError, 'code' | 'message'>): string {
  return `error[${code}]: ${printableMessage({ code, message }).replace(/\s*\n\s*/g, ' ')}`;
}

/** How each fact reads, in the order of the sentence. False where another fact says it already. */
const PLACE = {
  table: (facts) => facts.table && `table ${printableName(facts.table)}`,
  dataset: (facts) => facts.dataset && facts.table === undefined && `dataset ${printableDataset(facts.dataset)}`,
  column: (facts) => facts.column !== undefined && `column ${printableName(facts.column)}`,
  row: (facts) =>
    facts.row !== undefined && `row ${formatCount(facts.row + 1)}${facts.ctid ? ` (ctid ${facts.ctid})` : ''}`,
  key: (facts) => facts.key && `key ${printableName(facts.key)}`,
  ctid: (facts) => facts.ctid && facts.row === undefined && `ctid ${facts.ctid}`,
  byteOffset: (facts) => facts.byteOffset !== undefined && `byte ${formatCount(facts.byteOffset)}`,
  rowBytes: () => false, // the message says it
  takesBytes: () => false,
  path: (facts) => facts.path && `path ${printableName(facts.path)}`,
  host: (facts) => facts.host && `host ${printableName(facts.host)}${facts.port ? `:${facts.port}` : ''}`,
  port: (facts) => facts.port !== undefined && facts.host === undefined && `port ${facts.port}`,
  sqlstate: (facts) => facts.sqlstate && `SQLSTATE ${facts.sqlstate}`,
  reason: (facts) => facts.reason && `reason ${printableName(facts.reason)}`,
} satisfies Record<keyof ErrorFacts, (facts: ErrorFacts) => string | false | undefined>;

function describePlace(facts: ErrorFacts): string {
  return Object.values(PLACE)
    .map((describe) => describe(facts))
    .filter((part) => typeof part === 'string' && part !== '')
    .join(', ');
}
