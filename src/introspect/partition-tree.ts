/**
 * Who is a partition of whom, as of the snapshot in which `pg_inherits` was read.
 *
 * A partition that a DETACH CONCURRENTLY is taking away is no longer part of its table (queries of the table do not see
 * it) and not yet a table of its own.
 */
import type { CandidateRow, PartitionRow } from './catalog.ts';

export interface PartitionsBelow {
  /** In name order. */
  readonly leaves: readonly CandidateRow[];
  readonly detaching: readonly CandidateRow[];
}

export class PartitionTree {
  readonly #relations: ReadonlyMap<number, CandidateRow>;
  readonly #parent: ReadonlyMap<number, number>;
  readonly #children: ReadonlyMap<number, readonly PartitionRow[]>;

  constructor(relations: readonly CandidateRow[], partitions: readonly PartitionRow[]) {
    this.#relations = new Map(relations.map((row) => [row.oid, row]));
    this.#parent = new Map(partitions.map(({ oid, parentOid }) => [oid, parentOid]));
    this.#children = Map.groupBy(partitions, (partition) => partition.parentOid);
  }

  /** The partitioned tables above a relation, nearest first. */
  ancestors(oid: number): number[] {
    const parent = this.#parent.get(oid);
    return parent === undefined ? [] : [parent, ...this.ancestors(parent)];
  }

  /** What lies below a partitioned table, through sub-partitions. */
  below(oid: number): PartitionsBelow {
    const leaves: CandidateRow[] = [];
    const detaching: CandidateRow[] = [];
    const pending = [...(this.#children.get(oid) ?? [])];
    for (let partition = pending.pop(); partition; partition = pending.pop()) {
      const relation = this.#relations.get(partition.oid);
      if (!relation) continue; // of another session's temporary table
      if (partition.detaching) detaching.push(relation);
      else if (relation.relkind === 'p') pending.push(...(this.#children.get(partition.oid) ?? []));
      else leaves.push(relation);
    }
    return { leaves: leaves.sort(byName), detaching: detaching.sort(byName) };
  }
}

function byName(a: CandidateRow, b: CandidateRow): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
