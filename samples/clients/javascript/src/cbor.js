import { concat, text, utf8 } from './bytes.js';
import { isMap } from './maps.js';
import { DEEP, UNDECODABLE } from './texts.js';
import { check, sound } from './values.js';

function encoded(whole, integerKeys) {
  let bytes = new Uint8Array(256);
  let view = new DataView(bytes.buffer);
  let at = 0;

  const room = (length) => {
    if (at + length <= bytes.length) return;
    bytes = concat([bytes, new Uint8Array(Math.max(bytes.length, length))]);
    view = new DataView(bytes.buffer);
  };

  const head = (major, value) => {
    room(9);
    const width = value < 256 ? 0 : value < 65536 ? 1 : value < 2 ** 32 ? 2 : 3;
    bytes[at++] = (major << 5) | (value < 24 ? value : 24 + width);
    if (value < 24) return;
    for (let i = 1 << width; i-- > 0;) bytes[at++] = Math.floor(value / 256 ** i) % 256;
  };

  const chunk = (major, piece) => {
    head(major, piece.length);
    room(piece.length);
    bytes.set(piece, at);
    at += piece.length;
  };

  const float = (value) => {
    room(9);
    const short = Math.fround(value) === value;
    bytes[at++] = short ? 0xfa : 0xfb;
    if (short) view.setFloat32(at, value);
    else view.setFloat64(at, value);
    at += short ? 4 : 8;
  };

  const write = (given, keys) => {
    const value = typeof given?.toJSON === 'function' ? given.toJSON() : given;
    if (typeof value === 'string') chunk(3, utf8(value));
    else if (Number.isSafeInteger(value)) value < 0 ? head(1, -1 - value) : head(0, value);
    else if (typeof value === 'number') float(value);
    else if (value instanceof Uint8Array) chunk(2, value);
    else if (Array.isArray(value)) {
      head(4, value.length);
      for (const item of value) write(item);
    } else if (isMap(value)) {
      const entries = Object.entries(value).filter(([, item]) => !/undefined|function|symbol/.test(typeof item));
      head(5, entries.length);
      for (const [key, item] of entries) {
        write(keys ? +key : key);
        write(item);
      }
    } else head(7, value === false ? 20 : value === true ? 21 : 22);
  };

  write(whole, integerKeys);
  return bytes.slice(0, at);
}

const BREAK = Symbol();

function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? Infinity : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

function decoded(bytes, exact, integerKeys) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let tags = 0;

  const skip = (length) => {
    sound(length <= bytes.length - at, UNDECODABLE);
    at += length;
    return at - length;
  };
  const take = (length) => bytes.subarray(skip(length), at);

  const finite = (number) => {
    sound(Number.isFinite(number), UNDECODABLE);
    return number;
  };
  const float = (number) => (exact ? [finite(number)] : finite(number));

  /** The argument of a head; undefined for an indefinite length. */
  const argument = (low) => {
    if (low < 24) return low;
    sound(low < 28 || low === 31, UNDECODABLE);
    return low === 24 ? view.getUint8(skip(1)) : low === 25 ? view.getUint16(skip(2)) : low === 26 ? view.getUint32(skip(4))
      : low === 27 ? Number(view.getBigUint64(skip(8))) : undefined;
  };

  /** Bytes or text of an indefinite length. */
  const pieces = (major) => {
    const all = [];
    for (let head; (head = bytes[skip(1)]) !== 0xff;) {
      const length = head >> 5 === major ? argument(head & 31) : undefined;
      sound(length !== undefined, UNDECODABLE);
      const piece = take(length);
      if (major === 3) text(piece); // each piece is valid by itself
      all.push(piece);
    }
    return concat(all);
  };

  const string = (piece) => {
    if (piece.length > 23) return text(piece);
    let ascii = '';
    for (const byte of piece) {
      if (byte > 127) return text(piece);
      ascii += String.fromCharCode(byte);
    }
    return ascii;
  };

  const simple = (low, mayBreak) => {
    sound((low > 19 && low < 28 && low !== 24) || (low === 31 && mayBreak), UNDECODABLE);
    return low === 31 ? BREAK : low === 25 ? float(half(view.getUint16(skip(2)))) : low === 26 ? float(view.getFloat32(skip(4)))
      : low === 27 ? float(view.getFloat64(skip(8))) : low > 21 ? null : low === 21;
  };

  const tagged = (tag, depth) => {
    // Tags do not nest the value, but the decoder: 33 in a row are more than any sender needs.
    sound(++tags < 33, UNDECODABLE);
    const content = read(depth);
    tags = 0;
    if ((tag === 2 || tag === 3) && content instanceof Uint8Array) {
      const number = content.reduce((sum, byte) => sum * 256 + byte, 0);
      return finite(tag === 3 ? -1 - number : number);
    }
    if (tag === 4 && Array.isArray(content) && content.length === 2 && content.every(Number.isFinite)) return finite(+`${content[1]}e${content[0]}`);
    return content;
  };

  const read = (depth, mayBreak, keys) => {
    const head = bytes[skip(1)];
    const major = head >> 5;
    if (major === 7) return simple(head & 31, mayBreak);
    const length = argument(head & 31);
    sound(length !== undefined || (major > 1 && major < 6), UNDECODABLE);
    if (major < 2) return major ? -1 - length : length;
    if (major < 4) {
      const piece = length === undefined ? pieces(major) : take(length);
      return major === 3 ? string(piece) : piece.slice();
    }
    if (major === 6) return tagged(length, depth);
    sound(depth < 32, DEEP);
    const open = length === undefined;
    const items = [];
    const map = {};
    for (let i = 0; open || i < length; i++) {
      const key = read(depth + 1, open);
      if (key === BREAK) break;
      if (major === 4) items.push(key);
      else {
        sound(typeof key === 'string' || (keys && Number.isInteger(key)), UNDECODABLE);
        const value = read(depth + 1);
        if (keys && /^\d/.test(key) && typeof key === 'string') continue; // an unknown key of metadata, not the integer
        if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
        else map[key] = value;
      }
    }
    return major === 4 ? items : map;
  };

  const value = read(0, false, integerKeys);
  sound(at === bytes.length, UNDECODABLE);
  return value;
}

/** The CBOR codec (section 24.1); the forms of `json` hold, bytes stay bytes. */
export const cbor = {
  token: 'agentsocket.v1.cbor',
  encode(value, integerKeys) {
    check(value);
    return encoded(value, integerKeys);
  },
  decode: decoded,
};
