/**
 * The key of a row as text, to name the row in an error. Only keys that say nothing of what is in the row: integers and uuids. Other
 * keys are values (an e-mail), and values are never told.
 */
import type { ScalarWire, WireForm } from '../../core/wire-form.ts';

type KeyWire = Extract<ScalarWire, 'int2' | 'int4' | 'int8' | 'uuid'>;

/** How the value behind the length at q reads. */
const TEXTS: { readonly [F in KeyWire]: (view: DataView, q: number) => string } = {
  int2: (view, q) => String(view.getInt16(q + 4)),
  int4: (view, q) => String(view.getInt32(q + 4)),
  int8: (view, q) => String(view.getBigInt64(q + 4)),
  uuid: (view, q) => {
    const bytes = Array.from({ length: 16 }, (_, k) => view.getUint8(q + 4 + k));
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  },
};

const BYTES: { readonly [F in KeyWire]: number } = { int2: 2, int4: 4, int8: 8, uuid: 16 };

/** The field at q; null for a null, and for what is no such key. */
export function keyText({ form }: WireForm, view: DataView, q: number): string | null {
  if (!isKeyWire(form) || view.getInt32(q) !== BYTES[form]) return null;
  return TEXTS[form](view, q);
}

function isKeyWire(form: WireForm['form']): form is KeyWire {
  return Object.hasOwn(TEXTS, form);
}
