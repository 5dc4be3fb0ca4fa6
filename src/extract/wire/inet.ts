/**
 * inet and cidr as their output functions print them: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::1/64`, `::ffff:1.2.3.4`.
 *
 * The wire form (PostgreSQL: network_send): a byte of family (2 = IPv4, 3 = IPv6), of bits in the mask, of whether it is a cidr, of
 * the number of address bytes, then these. The mask is shown for a cidr always, for an inet where it is not the whole address.
 * Of an IPv6 address the first of the longest runs of two or more zero words is `::`; where all before the last two words is zero (or
 * zero but for ffff in the sixth), the last two are written as IPv4.
 */
import { impossibleValue, wrongLength } from './kernel.ts';
import { hexDigits, type TextForm, writeDecimal, writeHex } from './text-arena.ts';

const HEADER_BYTES = 4;
const IPV4 = 2;
const IPV6 = 3;
/** Eight words of four digits, seven colons, `/128`. */
const MAX_BYTES = 43;

const COLON = 0x3a;
const POINT = 0x2e;
const SLASH = 0x2f;
const IPV6_WORDS = 8;
/** The words that an embedded IPv4 address takes begin here. */
const IPV4_WORD = 6;

export const INET: TextForm = {
  room(_tile, q, length) {
    if (length !== HEADER_BYTES + 4 && length !== HEADER_BYTES + 16) wrongLength('inet', length, q);
    return MAX_BYTES;
  },
  write({ bytes, view }, q, length, out, start) {
    const family = bytes[q + 4]!;
    const maskBits = bytes[q + 5]!;
    const isCidr = bytes[q + 6]!;
    const addressBytes = length - HEADER_BYTES;
    const isConsistent = bytes[q + 7] === addressBytes && family === (addressBytes === 4 ? IPV4 : IPV6);
    if (!isConsistent || maskBits > addressBytes * 8 || isCidr > 1) impossibleValue('inet', q);
    const address = q + 4 + HEADER_BYTES;
    const at = family === IPV4 ? writeIpv4(bytes, address, out, start) : writeIpv6(bytes, view, address, out, start);
    if (isCidr === 0 && maskBits === addressBytes * 8) return at;
    out[at] = SLASH;
    return writeDecimal(out, at + 1, maskBits);
  },
};

function writeIpv4(bytes: Uint8Array, address: number, out: Uint8Array, start: number): number {
  let at = start;
  for (let k = 0; k < 4; k++) {
    if (k > 0) out[at++] = POINT;
    at = writeDecimal(out, at, bytes[address + k]!);
  }
  return at;
}

function writeIpv6(bytes: Uint8Array, view: DataView, address: number, out: Uint8Array, start: number): number {
  const run = longestZeroRun(view, address);
  const runLength = run & 15;
  const runStart = runLength === 0 ? IPV6_WORDS : run >> 4;
  const hasIpv4 =
    runLength > 0 &&
    runStart === 0 &&
    (runLength === IPV4_WORD || (runLength === IPV4_WORD - 1 && view.getUint16(address + 10) === 0xffff));
  let at = start;
  for (let word = 0; word < IPV6_WORDS; word++) {
    if (word === runStart) {
      out[at++] = COLON;
      word += runLength - 1;
      if (word === IPV6_WORDS - 1) out[at++] = COLON;
      continue;
    }
    if (word > 0) out[at++] = COLON;
    if (hasIpv4 && word === IPV4_WORD) return writeIpv4(bytes, address + 12, out, at);
    const value = view.getUint16(address + 2 * word);
    at = writeHex(out, at, value, hexDigits(value));
  }
  return at;
}

/** The first of the longest runs of at least two zero words, as start * 16 + length; 0 where there is none. */
function longestZeroRun(view: DataView, address: number): number {
  let best = 0;
  let length = 0;
  for (let word = 0; word < IPV6_WORDS; word++) {
    length = view.getUint16(address + 2 * word) === 0 ? length + 1 : 0;
    if (length >= 2 && length > (best & 15)) best = (word - length + 1) * 16 + length;
  }
  return best;
}
