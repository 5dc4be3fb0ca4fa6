/** Forms within forms: whatever a server sends alone, it also sends in arrays, composites and ranges, and it is the same there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import type { WireForm } from '../../../../src/core/wire-form.ts';
import { check, titled } from '../../../support/property.ts';
import { CAPTURED_COLUMNS } from '../../../support/wire/captured-rows.ts';
import { CAPTURED_VALUES, type CapturedValues, streamOf } from '../../../support/wire/captured-values.ts';
import { decodeRows, type PlainValue, wireColumns } from '../../../support/wire/decode-rows.ts';
import { array, composite, type Field, multirange, range } from '../../../support/wire/server-bytes.ts';

/** A value of a type, as it comes and as it is to be decoded. */
interface Sample {
  readonly field: Field;
  readonly value: PlainValue;
}

interface Form {
  readonly type: LogicalType;
  readonly wire: WireForm;
  readonly sample: fc.Arbitrary<Sample>;
}

/** A form added to the union and forgotten here does not compile. */
const EVERY_FORM: Readonly<Record<WireForm['form'], true>> = {
  bool: true,
  int2: true,
  int4: true,
  int8: true,
  oid: true,
  float4: true,
  float8: true,
  numeric: true,
  money: true,
  text: true,
  bytea: true,
  json: true,
  'versioned text': true,
  uuid: true,
  date: true,
  time: true,
  timetz: true,
  timestamp: true,
  interval: true,
  inet: true,
  macaddr: true,
  macaddr8: true,
  bit: true,
  pg_lsn: true,
  tsvector: true,
  point: true,
  hstore: true,
  vector: true,
  halfvec: true,
  ewkb: true,
  array: true,
  composite: true,
  range: true,
  multirange: true,
};

const OID = 4_000_000_000;
const NULL: Sample = { field: null, value: null };
const BOOL: LogicalType = { kind: 'bool' };

const SCALARS: readonly Form[] = CAPTURED_VALUES.map(({ type, wire, fields, awkward }: CapturedValues) => {
  const { rows } = decodeRows(streamOf(fields), { columns: [{ type, wire }] });
  const samples = fields.map((field, i) => ({ field, value: rows[i]![0]! }));
  return { type, wire, sample: fc.constantFrom(...samples.filter((_, i) => !awkward.some(([row]) => row === i))) };
});

function arrayOf({ type, wire, sample }: Form): Form {
  return {
    type: { kind: 'list', element: type },
    wire: { form: 'array', elementOid: OID, element: wire, dimensions: 1 },
    sample: fc.array(sample, { maxLength: 4 }).map((samples) => ({
      field: array({ elementOid: OID, elements: samples.map(({ field }) => field) }),
      value: samples.map(({ value }) => value),
    })),
  };
}

function compositeOf(...forms: readonly Form[]): Form {
  return {
    type: { kind: 'struct', fields: forms.map(({ type }, f) => ({ name: `f${f}`, type })) },
    wire: { form: 'composite', fields: forms.map(({ wire }, f) => ({ typeOid: OID + f, wire })) },
    sample: fc.tuple(...forms.map(({ sample }) => sample)).map((samples) => ({
      field: composite(samples.map(({ field }, f) => [OID + f, field])),
      value: samples.map(({ value }) => value),
    })),
  };
}

function rangeOf({
  type,
  wire,
  sample,
}: Form): Form & { readonly wire: { readonly form: 'range'; readonly bound: WireForm } } {
  const bound = fc.record({ sample, inclusive: fc.boolean() });
  const infinite = { sample: NULL, inclusive: false };
  return {
    type: {
      kind: 'struct',
      fields: [
        { name: 'lower', type },
        { name: 'upper', type },
        ...['lower_inclusive', 'upper_inclusive', 'empty'].map((name) => ({ name, type: BOOL })),
      ],
    },
    wire: { form: 'range', bound: wire },
    sample: fc.option(fc.tuple(bound, bound), { nil: null }).map((bounds) => {
      if (bounds === null) return { field: range('empty'), value: [null, null, false, false, true] };
      const [lower, upper] = bounds.map((b) => (b.sample.field === null ? infinite : b));
      return {
        field: range({
          lower: lower!.sample.field,
          upper: upper!.sample.field,
          lowerInclusive: lower!.inclusive,
          upperInclusive: upper!.inclusive,
        }),
        value: [lower!.sample.value, upper!.sample.value, lower!.inclusive, upper!.inclusive, false],
      };
    }),
  };
}

function multirangeOf(form: Form): Form {
  const ranges = rangeOf(form);
  return {
    type: { kind: 'list', element: ranges.type },
    wire: { form: 'multirange', range: ranges.wire },
    sample: fc.array(ranges.sample, { maxLength: 3 }).map((samples) => ({
      field: multirange(samples.map(({ field }) => field!)),
      value: samples.map(({ value }) => value),
    })),
  };
}

const orNull = (form: Form): Form => ({
  ...form,
  sample: fc.oneof({ weight: 4, arbitrary: form.sample }, fc.constant(NULL)),
});

/** Every form, in others, down to this depth. */
function nested(depth: number): fc.Arbitrary<Form> {
  const inner = depth === 0 ? fc.constantFrom(...SCALARS) : nested(depth - 1);
  if (depth === 0) return inner;
  return fc.oneof(
    inner,
    inner.map(arrayOf).map(orNull),
    fc
      .tuple(inner, inner)
      .map((forms) => compositeOf(...forms))
      .map(orNull),
    inner.map(rangeOf).map(orNull),
    inner.map(multirangeOf).map(orNull),
  );
}

describe(titled('nested to any depth'), () => {
  it('values are what they are alone, in any pieces', () => {
    const cases = nested(3).chain((form) =>
      fc.record({
        form: fc.constant(form),
        samples: fc.array(form.sample, { minLength: 1, maxLength: 8 }),
        cuts: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 4 }),
      }),
    );
    check(
      cases,
      ({ form: { type, wire }, samples, cuts }) => {
        const stream = streamOf(samples.map(({ field }) => field));
        for (const options of [{}, { cuts }]) {
          const { rows, awkward } = decodeRows(stream, { columns: [{ type, wire }], ...options });
          expect(awkward).toEqual([]);
          expect(rows.map(([value]) => value)).toEqual(samples.map(({ value }) => value));
        }
      },
      150,
    );
  });

  it('every form is captured from a server, alone or below another', () => {
    const forms = (captured: unknown) =>
      Array.from(JSON.stringify(captured).matchAll(/"form":"([^"]+)"/g), ([, form]) => form);
    const seen = new Set([...forms(CAPTURED_VALUES), ...forms(wireColumns(CAPTURED_COLUMNS))]);
    expect(Object.keys(EVERY_FORM).filter((form) => !seen.has(form))).toEqual([]);
  });
});
