/** docs/reference/errors.md from the table of codes in src/errors.ts. */
import { ERROR_CODES, type ErrorCode, type ExitCode, type Retry } from '../src/errors.ts';

const TITLE: Readonly<Record<ExitCode, string>> = {
  1: 'A bug',
  2: 'Usage',
  3: 'The source',
  4: 'The lake',
  5: 'The data',
  130: 'Interrupted',
};

const RETRY: Readonly<Record<Retry, string>> = {
  never: 'no',
  backoff: 'yes, after a while',
  'after-fix': 'once something was changed',
};

export function errorsPage(): string {
  const sections = Object.entries(TITLE).map(([exit, title]) => section(Number(exit) as ExitCode, title));
  return `# Errors

Every error has one of these codes. On the command line it reads \`error[E_TLS]: …\`, in \`--json\` it is \`error.code\`, and the library throws a
\`DraculaError\` with \`code\`, \`facts\` (where), \`hint\`, \`retry\` and \`exitCode\`. A message never holds a value of a cell, a password or a signed
URL. Codes are never used again for something else.

This page is written by \`npm run docs\` from \`src/errors.ts\`.

${sections.join('\n')}`;
}

function section(exit: ExitCode, title: string): string {
  const rows = (Object.keys(ERROR_CODES) as ErrorCode[])
    .filter((code) => ERROR_CODES[code].exit === exit)
    .map((code) => `| \`${code}\` | ${RETRY[ERROR_CODES[code].retry]} | ${cell(ERROR_CODES[code].hint)} |`);
  return `## ${title}: exit code ${exit}

| code | can the same again help? | what to do |
| --- | --- | --- |
${rows.join('\n')}
`;
}

/** A bar ends a cell everywhere; `<` begins a tag, but not in a code span, where an escape would be shown as it is. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .split(/(`[^`]*`)/)
    .map((piece) => (piece.startsWith('`') ? piece : piece.replaceAll('<', '\\<')))
    .join('');
