/**
 * GeoParquet's footer entry `geo` (version 1.1): which columns are geometries. It knows columns only, no fields within them, and of
 * reference systems the default or none: what the SRID of another one is, `dracula.columns` and the annotation tell.
 */
import { sharedFeatures } from '../core/reader.ts';
import type { TableSchema } from '../core/table-schema.ts';
import { parquetForm } from './parquet-type.ts';

/** The JSON of the entry; null where no column is annotated as a geometry. */
export function geoMetadata({ columns, readers }: TableSchema): string | null {
  const features = sharedFeatures(readers);
  const entries = columns.flatMap(({ name, type }) => {
    const form = parquetForm(type, features);
    const annotation = form.shape === 'leaf' ? form.annotation : undefined;
    if (annotation?.name !== 'GEOMETRY' && annotation?.name !== 'GEOGRAPHY') return [];
    const crs = annotation.crs === null ? {} : { crs: null };
    const edges = annotation.name === 'GEOGRAPHY' ? { edges: 'spherical' } : {};
    return [[name, { encoding: 'WKB', geometry_types: [], ...crs, ...edges }] as const];
  });
  if (entries.length === 0) return null;
  return JSON.stringify({ version: '1.1.0', primary_column: entries[0]![0], columns: Object.fromEntries(entries) });
}
