/** How `dracula query` prints: the formats, in the order in which `--help` lists them. */
export const QUERY_FORMATS = ['table', 'json', 'csv', 'parquet'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];
