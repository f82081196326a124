import { ProtocolError } from './errors.js';

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

export const MAX_INT = 2 ** 31 - 1;
export const MAX_COUNTER = Number.MAX_SAFE_INTEGER;
export const NO_BYTES = new Uint8Array(0);

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);
/** Decodes UTF-8 and throws where it is not valid. @param {Uint8Array} bytes */
export const text = (bytes) => strict.decode(bytes);
/** Decodes UTF-8 with replacement characters. @param {Uint8Array} bytes */
export const readable = (bytes) => lenient.decode(bytes);

/** @param {Uint8Array[]} pieces @returns {Uint8Array} */
export function concat(pieces) {
  if (pieces.length === 1) return pieces[0];
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

/** Number of bytes of a uvarint of at most 31 bits. @param {number} value */
export const uvarintSize = (value) => (value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : value < 268435456 ? 4 : 5);

/** Reads the fields of a frame; whatever is missing or out of range is a protocol error. */
export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  get left() {
    return this.end - this.at;
  }

  byte() {
    if (this.at >= this.end) throw new ProtocolError('a frame ends too early');
    return this.bytes[this.at++];
  }

  /** @param {number} [max] */
  uvarint(max = MAX_INT) {
    let value = 0;
    let factor = 1;
    let byte;
    do {
      if (factor > max) throw new ProtocolError('a number is too long');
      byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    if (value > max || (byte === 0 && factor > 128)) throw new ProtocolError('a number is out of range or not in its shortest form');
    return value;
  }

  /** @param {number} [length] bytes; all that are left by default */
  take(length = this.left) {
    if (length > this.left) throw new ProtocolError('a field reaches beyond its frame');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
