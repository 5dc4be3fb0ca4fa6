/**
 * Refuses options of a library's call that its types forbid: a program in plain JavaScript, or with a cast, can give anything. An option
 * that nobody knows is refused too: what it was to say would not be done.
 */
import { DraculaError } from '../errors.ts';

/** What a value has to be, and whether it is. */
export interface Shape {
  readonly is: string;
  readonly fits: (value: unknown) => boolean;
}

export const isText = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0');
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
export const text: Shape = { is: 'a text that is not empty and holds no NUL', fits: isText };
export const texts: Shape = { is: 'an array of texts', fits: (value) => Array.isArray(value) && value.every(isText) };
export const someTexts: Shape = {
  is: 'an array of one or more texts',
  fits: (value) => texts.fits(value) && (value as unknown[]).length > 0,
};
export const flag: Shape = { is: 'true or false', fits: (value) => typeof value === 'boolean' };
export const listener: Shape = { is: 'a function', fits: (value) => typeof value === 'function' };
export const count: Shape = {
  is: 'a whole number above 0',
  fits: (value) => Number.isSafeInteger(value) && Number(value) > 0,
};
export const level: Shape = { is: 'a whole number', fits: Number.isSafeInteger };
export const oneOf = (...values: readonly string[]): Shape => ({
  is: `one of ${values.join(', ')}`,
  fits: (value) => values.includes(value as string),
});
export const signal: Shape = { is: 'an AbortSignal', fits: (value) => value instanceof AbortSignal };
export const env: Shape = { is: 'an object', fits: isObject };

/** Throws E_USAGE for an option that has no shape, or another one. */
export function checkShapes(options: object, shapes: Readonly<Record<string, Shape>>): void {
  if (!isObject(options)) throw new DraculaError('E_USAGE', 'The options are not an object. Nothing was read.');
  for (const [name, value] of Object.entries(options)) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) {
      throw new DraculaError(
        'E_USAGE',
        `There is no option ${name}; there are ${Object.keys(shapes).join(', ')}. Nothing was read.`,
      );
    }
    if (value !== undefined && !shape.fits(value)) throw notFitting(name, value, shape);
  }
}

/** Numbers are shown; a text may be a secret in the wrong place. */
function notFitting(name: string, value: unknown, shape: Shape): DraculaError {
  const found =
    value === ''
      ? 'empty'
      : typeof value === 'number'
        ? String(value)
        : `a value of type ${Array.isArray(value) ? 'array' : typeof value}`;
  return new DraculaError('E_USAGE', `${name} is ${found}; it has to be ${shape.is}. Nothing was read.`);
}
