/**
 * ErrorResponse and NoticeResponse from the inside: (Byte1 type, String)*, Byte1 0 (PostgreSQL documentation, "Message Formats").
 *
 * `pg` reads such a message for ever when its last zero is missing, and the thread with it: so it is looked at before.
 */

/** True where the fields of the message (type byte and length in front) end where the message ends. */
export function endsWithItsFields(message: Uint8Array): boolean {
  let p = 5;
  while (p < message.length && message[p] !== 0) {
    const end = message.indexOf(0, p + 1);
    if (end === -1) return false;
    p = end + 1;
  }
  return p === message.length - 1;
}
