import { must } from './errors.js';
import { ENDS_EARLY, NUMBER } from './texts.js';

const encoder = new TextEncoder();
const decoder = (fatal) => new TextDecoder('utf-8', { fatal, ignoreBOM: true });
const strict = decoder(true);
const lenient = decoder(false);

export const MAX_INT = 2 ** 31 - 1;
export const MAX_COUNTER = 2 ** 53 - 1;
export const NO_BYTES = new Uint8Array(0);

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);
/** Decodes UTF-8 and throws where it is not valid. @param {Uint8Array} bytes */
export const text = (bytes) => strict.decode(bytes);
/** Decodes UTF-8 with replacement characters. @param {Uint8Array} bytes */
export const readable = (bytes) => lenient.decode(bytes);

/** @param {(Uint8Array | number[])[]} pieces @returns {Uint8Array} */
export function concat(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Bytes of an unsigned LEB128 number in its shortest form (section 4.2). @param {number} value @returns {number[]} */
export function uvarint(value) {
  const bytes = [];
  // Numbers reach 2^53, so there are no shifts here: they end at 2^31.
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return bytes;
}

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
