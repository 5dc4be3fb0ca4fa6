/**
 * Checked access to the fields of a metadata file. Every mistake in one is E_LAKE_CORRUPT with the file's path and the
 * name of the field; a format number above ours is E_LAKE_VERSION. Fields that we do not know are left alone.
 */
import { DraculaError } from '../errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export interface MetadataObject {
  readonly value: JsonObject;
  text(key: string): string;
  textOrNull(key: string): string | null;
  flag(key: string): boolean;
  /** A whole number from 0 to 2^53 - 1. */
  count(key: string): number;
  object(key: string): MetadataObject;
  objectOrNull(key: string): MetadataObject | null;
  objects(key: string): MetadataObject[];
  oneOf<T extends string>(key: string, valid: readonly T[]): T;
  /** Each of them one of `valid`. */
  listOf<T extends string>(key: string, valid: readonly T[]): T[];
  has(key: string): boolean;
  /** The error for what this object says. `what` completes "The metadata file … is damaged:". */
  corrupt(what: string): DraculaError;
}

/** Reads the text of a metadata file as one JSON object. */
export function parseMetadata(text: string, path: string): MetadataObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(path, 'it is not JSON');
  }
  if (!isObject(value)) throw corrupt(path, 'it is not a JSON object');
  return metadataObject(value, path, '');
}

/** Refuses a file of a newer format than the one that this program writes. */
export function checkFormat(object: MetadataObject, key: string, ours: number, path: string): void {
  const format = object.count(key);
  if (format > ours) {
    throw new DraculaError(
      'E_LAKE_VERSION',
      `${path} has format ${format}; this Dracula reads formats up to ${ours}. Nothing was changed.`,
      { path },
    );
  }
  if (format < 1) throw object.corrupt(`"${key}" is ${format}`);
}

function metadataObject(value: JsonObject, path: string, at: string): MetadataObject {
  const bad = (key: string, expected: string): DraculaError => corrupt(path, `"${at}${key}" is not ${expected}`);
  const object = (key: string): MetadataObject => {
    const field = value[key];
    if (!isObject(field)) throw bad(key, 'an object');
    return metadataObject(field, path, `${at}${key}.`);
  };
  const text = (key: string): string => {
    const field = value[key];
    if (typeof field !== 'string') throw bad(key, 'a text');
    return field;
  };
  const isAbsent = (key: string): boolean => value[key] === undefined || value[key] === null;
  return {
    value,
    text,
    object,
    textOrNull: (key) => (isAbsent(key) ? null : text(key)),
    objectOrNull: (key) => (isAbsent(key) ? null : object(key)),
    has: (key) => !isAbsent(key),
    flag(key) {
      const field = value[key];
      if (typeof field !== 'boolean') throw bad(key, 'true or false');
      return field;
    },
    count(key) {
      const field = value[key];
      if (!Number.isSafeInteger(field) || (field as number) < 0) throw bad(key, 'a whole number');
      return field as number;
    },
    objects(key) {
      const field = value[key];
      if (!Array.isArray(field)) throw bad(key, 'a list');
      return field.map((element: Json, i) => {
        if (!isObject(element)) throw bad(`${key}[${i}]`, 'an object');
        return metadataObject(element, path, `${at}${key}[${i}].`);
      });
    },
    oneOf(key, valid) {
      const field = text(key);
      const found = valid.find((name) => name === field);
      if (found === undefined) throw bad(key, `one of ${valid.join(', ')}`);
      return found;
    },
    listOf(key, valid) {
      const field = value[key];
      if (!Array.isArray(field)) throw bad(key, 'a list');
      return field.map((element: Json) => {
        const found = valid.find((name) => name === element);
        if (found === undefined) throw bad(key, `a list of ${valid.join(', ')}`);
        return found;
      });
    },
    corrupt: (what) => corrupt(path, what),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function corrupt(path: string, what: string): DraculaError {
  return new DraculaError('E_LAKE_CORRUPT', `The metadata file ${path} is damaged: ${what}. Nothing was changed.`, {
    path,
  });
}
