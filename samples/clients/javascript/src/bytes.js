import { must } from './errors.js';
import { MAX_INT } from './numbers.js';
import { ENDS_EARLY, NUMBER } from './texts.js';

const decoder = (fatal) => {
  const of = new TextDecoder('utf-8', { fatal, ignoreBOM: true });
  return (bytes) => of.decode(bytes);
};
const encoder = new TextEncoder();

export const NO_BYTES = new Uint8Array(0);

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);
/** Decodes UTF-8 and throws where it is not valid. @type {(bytes: Uint8Array) => string} */
export const text = decoder(true);
/** Decodes UTF-8 with replacement characters. @type {(bytes: Uint8Array) => string} */
export const readable = decoder(false);

/** @param {(Uint8Array | number[])[]} pieces @returns {Uint8Array} */
export function concat(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * Bytes of an unsigned LEB128 number in its shortest form (section 4.2). Numbers reach 2^53, so there are no shifts here: they end
 * at 2^31.
 *
 * @param {number} value @returns {number[]}
 */
export const uvarint = (value) => (value > 127 ? [(value % 128) + 128, ...uvarint(Math.floor(value / 128))] : [value]);

/** Reads the fields of a frame; whatever is missing or out of range is a protocol error. */
export class Reader {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  byte() {
    must(this.left, ENDS_EARLY);
    return this.bytes[this.at++];
  }

  /** @param {number} [max] */
  uvarint(max = MAX_INT) {
    let value = 0;
    let factor = 1;
    let byte;
    do {
      byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127 && factor <= max);
    must(byte < 128 && value <= max && (byte || factor === 128), NUMBER);
    return value;
  }

  /** @param {number} [length] bytes; all that are left by default */
  take(length = this.left) {
    must(length <= this.left, ENDS_EARLY);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
