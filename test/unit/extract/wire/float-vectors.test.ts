import { expect, it } from 'vitest';
import { streamOf } from '../../../support/wire/captured-values.ts';
import { decodeColumn, type WireColumn } from '../../../support/wire/decode-rows.ts';
import { int16, int32 } from '../../../support/wire/server-bytes.ts';

const vectorOf = (form: 'vector' | 'halfvec'): WireColumn => ({
  type: { kind: 'list', element: { kind: 'float32' } },
  wire: { form },
});

it('each of the 65,536 half floats becomes the float32 that equals it', () => {
  const halves = Array.from({ length: 65_536 }, (_, bits) => bits);
  const fields = [0, 1, 2, 3].map((quarter) => {
    const part = halves.slice(quarter * 16_384, (quarter + 1) * 16_384);
    return Buffer.concat([int16(part.length), int16(0), ...part.map((bits) => int16((bits << 16) >> 16))]);
  });
  const decoded = decodeColumn(vectorOf('halfvec'), streamOf(fields)).flat() as number[];
  const floats = new Float32Array(Int32Array.from(decoded).buffer);
  for (const bits of halves) {
    const fraction = (bits & 0x3ff) / 1024;
    const exponent = (bits >> 10) & 0x1f;
    const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    const size =
      exponent === 31 ? special : exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
    const expected = bits & 0x8000 ? -size : size;
    if (!Object.is(floats[bits], expected)) expect.fail(`half ${bits} became ${floats[bits]}, not ${expected}`);
  }
});

it.each(['vector', 'halfvec'] as const)('a %s whose length is not that of its floats is an error', (form) => {
  const width = form === 'vector' ? 4 : 2;
  for (const bytes of [
    Buffer.alloc(3),
    Buffer.concat([int16(2), int16(0), Buffer.alloc(width)]),
    Buffer.concat([int16(1), int16(0), Buffer.alloc(width + 1)]),
    Buffer.concat([int16(-1), int16(0)]),
    int32(0x7fff0000),
  ]) {
    expect(() => decodeColumn(vectorOf(form), streamOf([bytes]))).toThrow(
      expect.objectContaining({ code: 'E_WIRE', facts: { byteOffset: expect.any(Number) } }),
    );
  }
});
