/**
 * Which relations a user means by names and globs.
 *
 * A pattern is `name` (in any namespace) or `namespace.name`. A part in double quotes is taken as it is (`"Mixed Case"`, `"a.b"`,
 * a quote doubled); elsewhere `*` stands for any characters and `?` for one, and nothing else is special. Case matters.
 * - No pattern, or a glob: tables, partitioned tables and materialised views that no extension owns.
 * - Views, foreign tables, partitions and what an extension owns: by their exact name only.
 * - An exact name without its namespace must be unique. A name, or a glob of what to take, that matches nothing is an error.
 * - What is excluded is taken away afterwards; a glob may match nothing. A partition cannot be taken out of its table.
 */
import type { TableName } from '../core/copy-plan.ts';
import { formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';
import type { RelationKind } from './source-table.ts';

/** Patterns as the user wrote them. */
export interface TableSelection {
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
}

/** A relation that could be selected. */
export interface Candidate {
  readonly oid: number;
  readonly name: TableName;
  readonly relkind: RelationKind;
  readonly isPartition: boolean;
  /** The partitioned tables that a partition belongs to, nearest first; empty for others. */
  readonly ancestors: readonly number[];
  readonly extensionOwned: boolean;
}

interface Part {
  readonly text: string;
  /** Undefined for an exact name. */
  readonly glob?: RegExp;
}

interface Pattern {
  readonly written: string;
  readonly namespace?: Part;
  readonly name: Part;
}

/** The selected relations, in the order of the candidates. E_TABLE_NOT_FOUND, E_TABLE_AMBIGUOUS, E_USAGE as said above. */
export function selectTables(candidates: readonly Candidate[], selection: TableSelection): Candidate[] {
  const patterns = (selection.tables?.length ? selection.tables : ['*']).map(parsePattern);
  const included = new Set<Candidate>();
  for (const pattern of patterns) {
    const found = matches(candidates, pattern);
    if (found.length === 0 && selection.tables?.length) throw notFound(pattern, candidates, '');
    if (isExact(pattern) && found.length > 1) throw ambiguous(pattern, found);
    for (const candidate of found) included.add(candidate);
  }
  for (const pattern of (selection.exclude ?? []).map(parsePattern)) {
    const found = candidates.filter((candidate) => fits(candidate, pattern));
    if (found.length === 0 && isExact(pattern)) throw notFound(pattern, candidates, ', which is to be left out,');
    for (const candidate of found) included.delete(candidate);
  }
  refuseExcludedPartitions(candidates, included, selection.exclude ?? []);
  return candidates.filter((candidate) => included.has(candidate));
}

const PART = '"(?:[^"]|"")+"|[^".]+';
const PATTERN = new RegExp(`^(?:(${PART})\\.)?(${PART})$`, 's');

/** Reads `a.b`, `"A b".c*`, `x?`. E_USAGE when quotes or dots do not add up. */
function parsePattern(written: string): Pattern {
  const [, namespace, name] = PATTERN.exec(written) ?? [];
  if (name === undefined) {
    throw new DraculaError(
      'E_USAGE',
      `${written} is no table name or glob: write name, namespace.name, "Quoted Name" or a glob with * and ?.`,
    );
  }
  return namespace === undefined
    ? { written, name: parsePart(name) }
    : { written, namespace: parsePart(namespace), name: parsePart(name) };
}

function parsePart(text: string): Part {
  return text.startsWith('"') ? { text: text.slice(1, -1).replaceAll('""', '"') } : barePart(text);
}

function barePart(text: string): Part {
  if (!/[*?]/.test(text)) return { text };
  const source = text.replace(/[\\^$.|+()[\]{}*?]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`));
  return { text, glob: new RegExp(`^${source}$`, 'su') };
}

function isExact(pattern: Pattern): boolean {
  return pattern.name.glob === undefined && pattern.namespace?.glob === undefined;
}

function matches(candidates: readonly Candidate[], pattern: Pattern): Candidate[] {
  const found = candidates.filter((candidate) => fits(candidate, pattern));
  return isExact(pattern) ? found : found.filter((candidate) => kindToName(candidate) === null);
}

/** What of a database no glob takes, in the plural; null for what a glob takes. */
function kindToName({ isPartition, extensionOwned, relkind }: Candidate): string | null {
  if (isPartition) return 'partitions';
  if (extensionOwned) return 'relations of extensions';
  return relkind === 'v' ? 'views' : relkind === 'f' ? 'foreign tables' : null;
}

function fits(candidate: Candidate, { namespace, name }: Pattern): boolean {
  return partFits(candidate.name.name, name) && (!namespace || partFits(candidate.name.namespace, namespace));
}

function partFits(text: string, part: Part): boolean {
  return part.glob ? part.glob.test(text) : part.text === text;
}

/** A partition's rows belong to its table: taking it out alone would be ignored silently otherwise. */
function refuseExcludedPartitions(
  candidates: readonly Candidate[],
  included: ReadonlySet<Candidate>,
  exclude: readonly string[],
): void {
  const byOid = new Map([...included].map((candidate) => [candidate.oid, candidate]));
  for (const pattern of exclude.map(parsePattern)) {
    for (const candidate of candidates) {
      const root = candidate.ancestors.map((oid) => byOid.get(oid)).find((ancestor) => ancestor !== undefined);
      if (!root || !fits(candidate, pattern)) continue;
      throw new DraculaError(
        'E_USAGE',
        `${pattern.written} is to be left out and fits ${formatTable(candidate.name)}, a partition of ${formatTable(root.name)}, ` +
          'whose rows are copied as a whole. Leave out the table, or take rows out with a where condition.',
        { table: formatTable(candidate.name) },
      );
    }
  }
}

function ambiguous(pattern: Pattern, found: readonly Candidate[]): DraculaError {
  const names = found.map((candidate) => formatTable(candidate.name)).join(', ');
  return new DraculaError('E_TABLE_AMBIGUOUS', `"${pattern.written}" could be any of ${names}.`, {
    table: pattern.written,
  });
}

/** `role` says what the pattern is for, where it is not what to copy. */
function notFound(pattern: Pattern, candidates: readonly Candidate[], role: string): DraculaError {
  const toName = candidates.filter((candidate) => fits(candidate, pattern) && kindToName(candidate) !== null);
  const near = nearNames(pattern, candidates);
  const state = toName.length > 0 ? describeToName(toName) : near.length > 0 ? ` Near: ${near.join(', ')}.` : '';
  return new DraculaError('E_TABLE_NOT_FOUND', `${pattern.written}${role} matches no table.${state}`, {
    table: pattern.written,
  });
}

/** ` It fits views only (public.open_orders): they are copied when named exactly.` */
function describeToName(found: readonly Candidate[]): string {
  const kinds = [...new Set(found.map(kindToName))].join(' and ');
  const names = found.slice(0, 5).map(({ name }) => formatTable(name));
  const more = found.length > names.length ? ` and ${found.length - names.length} more` : '';
  const instead = found.some(({ isPartition }) => isPartition) ? ', partitions with their table' : '';
  return ` It fits ${kinds} only (${names.join(', ')}${more}): they are copied when named exactly${instead}.`;
}

/** Up to five names that differ little from what was written. */
function nearNames(pattern: Pattern, candidates: readonly Candidate[]): string[] {
  const wanted = pattern.name.text.replace(/[*?]/g, '').toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return candidates
    .filter((candidate) => !candidate.isPartition)
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.name.name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ candidate }) => formatTable(candidate.name));
}

/** Levenshtein's distance, or anything above `limit` once the lengths alone exceed it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
