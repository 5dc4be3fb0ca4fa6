/** Facts of keys, for `--chunk-by key`. */
export interface KeyFacts {
  readonly column: string;
  /** Ascending values that cut the relation into about equal parts, as Postgres prints them; none where nothing is known. */
  readonly values: readonly string[];
  /** How well the key's order agrees with the physical order, -1 to 1; null where nothing is known. */
  readonly correlation: number | null;
}
