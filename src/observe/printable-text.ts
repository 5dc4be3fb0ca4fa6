/**
 * Text that is safe on a terminal. Names come from the source database, and a table may be called `\x1b[2J`: control
 * characters and direction overrides are shown as escapes, so that no name can move the cursor, recolour or forge a line.
 */
import { formatDataset } from '../core/identifiers.ts';

/** C0 and C1 controls (a line feed and a tab too: names have to stay on one line), DEL, and the Unicode bidi controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, but a message may have several lines.
const UNSAFE_BUT_LINE_FEED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** For names: one line, whatever is in it. */
export function printableName(name: string): string {
  return name.replace(UNSAFE, escapeCharacter);
}

/** A dataset by its name in SQL, which is its table's: `"Mixed Case"`, not the folder's `%4Dixed%20%43ase`. */
export function printableDataset(dataset: string): string {
  return printableName(formatDataset(dataset));
}

/** For messages: line feeds stay. */
export function printableText(text: string): string {
  return text.replace(UNSAFE_BUT_LINE_FEED, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
