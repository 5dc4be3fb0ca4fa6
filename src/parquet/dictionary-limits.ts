/** How large a dictionary may be, of whatever values. */

export const MAX_ENTRIES = 1 << 15;
/** Of a dictionary page, before compression. */
export const MAX_DICTIONARY_BYTES = 1 << 20;
