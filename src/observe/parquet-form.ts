/** The Parquet form of a logical type for people: its annotation where it has one, and the physical type where that tells more. */
import type { LogicalType } from '../core/logical-type.ts';
import { type Reader, sharedFeatures } from '../core/reader.ts';
import { type Annotation, type LeafForm, type ParquetForm, parquetForm } from '../parquet/parquet-type.ts';

/** `INT64`, `STRING`, `DECIMAL(38,9) on 16 bytes`, `TIMESTAMP(MICROS, UTC)`, `LIST<DATE>`, `STRUCT<x DOUBLE, y DOUBLE>`. */
export function formatParquetForm(type: LogicalType, readers?: readonly Reader[]): string {
  return formatForm(parquetForm(type, sharedFeatures(readers)));
}

function formatForm(form: ParquetForm): string {
  switch (form.shape) {
    case 'leaf':
      return formatLeaf(form);
    case 'list':
      return `LIST<${formatForm(form.element)}>`;
    case 'struct':
      return `STRUCT<${form.fields.map((field) => `${field.name} ${formatForm(field.form)}`).join(', ')}>`;
    case 'map':
      return `MAP<${formatLeaf(form.key)}, ${formatForm(form.value)}>`;
  }
}

function formatLeaf(form: LeafForm): string {
  if (form.annotation === undefined) return form.physical;
  const annotation = ANNOTATION[form.annotation.name] as (a: Annotation, form: LeafForm) => string;
  return annotation(form.annotation, form);
}

type AnnotationNamed<N extends Annotation['name']> = Extract<Annotation, { name: N }>;

const ANNOTATION: { readonly [N in Annotation['name']]: (a: AnnotationNamed<N>, form: LeafForm) => string } = {
  STRING: () => 'STRING',
  DECIMAL: (a, form) => `DECIMAL(${a.precision},${a.scale}) on ${formatPhysical(form)}`,
  DATE: () => 'DATE',
  TIMESTAMP_MICROS: (a) => `TIMESTAMP(MICROS, ${a.utc ? 'UTC' : 'local'})`,
  INT16: () => 'INT(16)',
  UUID: () => 'UUID',
  TIME_MICROS: () => 'TIME(MICROS, local)',
  JSON: () => 'JSON',
  GEOMETRY: (a) => `GEOMETRY${formatCrs(a.crs)}`,
  GEOGRAPHY: (a) => `GEOGRAPHY${formatCrs(a.crs)}`,
};

function formatCrs(crs: string | null): string {
  return crs === null ? '' : `(${crs})`;
}

function formatPhysical(form: LeafForm): string {
  return form.typeLength === undefined ? form.physical : `${form.typeLength} bytes`;
}
