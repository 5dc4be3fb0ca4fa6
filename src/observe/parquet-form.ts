/** The Parquet form of a logical type for people: its annotation where it has one, and the physical type where that tells more. */
import type { LogicalType } from '../core/logical-type.ts';
import { type Annotation, isListForm, type LeafForm, parquetForm } from '../parquet/parquet-type.ts';

/** `INT64`, `STRING`, `DECIMAL(38,9) on 16 bytes`, `TIMESTAMP(MICROS, UTC)`, `LIST<DATE>`. */
export function formatParquetForm(type: LogicalType): string {
  const form = parquetForm(type);
  return isListForm(form) ? `LIST<${formatLeaf(form.element)}>` : formatLeaf(form);
}

function formatLeaf(form: LeafForm): string {
  if (form.annotation === undefined) return form.physical;
  const annotation = ANNOTATION[form.annotation.name] as (a: Annotation, form: LeafForm) => string;
  return annotation(form.annotation, form);
}

type AnnotationNamed<N extends Annotation['name']> = Extract<Annotation, { name: N }>;

const ANNOTATION: { readonly [N in Annotation['name']]: (a: AnnotationNamed<N>, form: LeafForm) => string } = {
  STRING: () => 'STRING',
  LIST: () => 'LIST',
  DECIMAL: (a, form) => `DECIMAL(${a.precision},${a.scale}) on ${formatPhysical(form)}`,
  DATE: () => 'DATE',
  TIMESTAMP_MICROS: (a) => `TIMESTAMP(MICROS, ${a.utc ? 'UTC' : 'local'})`,
};

function formatPhysical(form: LeafForm): string {
  return form.typeLength === undefined ? form.physical : `${form.typeLength} bytes`;
}
