/**
 * Datasets that a run would write and whose names SQL over the lake could not tell apart: from each other, from where rows are set
 * aside, or from a dataset that the lake has already. Pure.
 */
import type { TableName, TablePlan } from '../core/copy-plan.ts';
import { findCollisions, formatDataset, formatTable } from '../core/identifiers.ts';
import { DraculaError } from '../errors.ts';

interface Named {
  readonly dataset: string;
  readonly table: TableName;
}

/** A dataset, and what is to be in it. */
interface Content {
  readonly dataset: string;
  readonly what: string;
}

/** Throws E_NAME_COLLISION, which names two. `planned`: the tables whose rows may be set aside; `inLake`: the datasets that are there. */
export function refuseCollisions(
  named: readonly Named[],
  planned: readonly Pick<TablePlan, 'table' | 'quarantine'>[],
  inLake: readonly string[],
): void {
  const written: Content[] = [
    ...named.map(({ dataset, table }) => ({ dataset, what: formatTable(table) })),
    ...planned.flatMap(({ table, quarantine }) =>
      quarantine === undefined
        ? []
        : [{ dataset: quarantine.dataset, what: `what is set aside of ${formatTable(table)}` }],
    ),
  ];
  // A dataset that is written again is no other one; whether it is of the same kind is seen under its lease (lake/quarantine.ts).
  const others = inLake
    .filter((dataset) => written.every((content) => content.dataset !== dataset))
    .map((dataset) => ({ dataset, what: null }));
  const [collision] = findCollisions<{ dataset: string; what: string | null }>([...written, ...others]).filter(
    (group) => group.some(({ what }) => what !== null),
  );
  if (collision !== undefined) throw collisionError(collision);
}

function collisionError(group: readonly { readonly dataset: string; readonly what: string | null }[]): DraculaError {
  const ours = group.filter(({ what }) => what !== null);
  const there = group.find(({ what }) => what === null);
  const { dataset } = ours[0]!;
  const tables = ours.map(({ what }) => what).join(' and ');
  const names = [...new Set(ours.map((content) => formatDataset(content.dataset)))];
  const apart = 'and SQL cannot tell their names apart, since it folds case; nothing was read.';
  if (ours.length > 1 && names.length === 1)
    return error(`${tables} would both be the dataset ${names[0]}; nothing was read.`, dataset);
  if (there === undefined) return error(`${tables} would be the datasets ${names.join(' and ')}, ${apart}`, dataset);
  return error(
    `${tables} would be the dataset ${names.join(' and ')}; the lake has ${formatDataset(there.dataset)} already (folder ${there.dataset}), ${apart}`,
    dataset,
  );
}

function error(message: string, dataset: string): DraculaError {
  return new DraculaError('E_NAME_COLLISION', message, { dataset });
}
