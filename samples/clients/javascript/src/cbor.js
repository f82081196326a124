import { concat, text, utf8 } from './bytes.js';
import { isMap } from './maps.js';
import { DEEP, UNDECODABLE } from './texts.js';
import { check, sound } from './values.js';

class Writer {
  bytes = new Uint8Array(256);
  view = new DataView(this.bytes.buffer);
  at = 0;

  room(length) {
    if (this.at + length <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + length));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  head(major, value) {
    this.room(9);
    const kind = major << 5;
    if (value < 24) return void (this.bytes[this.at++] = kind | value);
    const width = value < 256 ? 0 : value < 65536 ? 1 : value < 2 ** 32 ? 2 : 3;
    this.bytes[this.at++] = kind | (24 + width);
    if (width === 0) this.view.setUint8(this.at, value);
    else if (width === 1) this.view.setUint16(this.at, value);
    else if (width === 2) this.view.setUint32(this.at, value);
    else this.view.setBigUint64(this.at, BigInt(value));
    this.at += 1 << width;
  }

  chunk(major, bytes) {
    this.head(major, bytes.length);
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  value(given, keys) {
    const value = typeof given?.toJSON === 'function' ? given.toJSON() : given;
    if (typeof value === 'string') this.chunk(3, utf8(value));
    else if (Number.isSafeInteger(value)) value < 0 ? this.head(1, -1 - value) : this.head(0, value);
    else if (typeof value === 'number') this.float(value);
    else if (value instanceof Uint8Array) this.chunk(2, value);
    else if (Array.isArray(value)) {
      this.head(4, value.length);
      for (const item of value) this.value(item);
    } else if (isMap(value)) {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function' && typeof item !== 'symbol');
      this.head(5, entries.length);
      for (const [key, item] of entries) {
        this.value(keys ? Number(key) : key);
        this.value(item);
      }
    } else this.head(7, value === false ? 20 : value === true ? 21 : 22);
  }

  float(value) {
    this.room(9);
    const short = Math.fround(value) === value;
    this.bytes[this.at++] = short ? 0xfa : 0xfb;
    if (short) this.view.setFloat32(this.at, value);
    else this.view.setFloat64(this.at, value);
    this.at += short ? 4 : 8;
  }
}

const BREAK = Symbol('break');

class Decoder {
  constructor(bytes, exact) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
    this.exact = exact;
  }

  skip(length) {
    sound(length <= this.bytes.length - this.at, UNDECODABLE);
    this.at += length;
    return this.at - length;
  }

  /** The argument of a head; undefined for an indefinite length. */
  argument(low) {
    if (low < 24) return low;
    switch (low) {
      case 24: return this.view.getUint8(this.skip(1));
      case 25: return this.view.getUint16(this.skip(2));
      case 26: return this.view.getUint32(this.skip(4));
      case 27: return Number(this.view.getBigUint64(this.skip(8)));
      case 31: return undefined;
      default: return sound(false, UNDECODABLE);
    }
  }

  value(depth, mayBreak, keys) {
    const head = this.bytes[this.skip(1)];
    const major = head >> 5;
    const low = head & 31;
    if (major === 7) return this.simple(low, mayBreak);
    const argument = this.argument(low);
    sound(argument !== undefined || (major > 1 && major < 6), UNDECODABLE);
    switch (major) {
      case 0: return argument;
      case 1: return -1 - argument;
      case 2: return argument === undefined ? this.pieces(2) : this.bytes.slice(this.skip(argument), this.at);
      case 3: return this.string(argument === undefined ? this.pieces(3) : this.bytes.subarray(this.skip(argument), this.at));
      case 6: return this.tagged(argument, depth);
      default:
    }
    sound(depth < 32, DEEP);
    return major === 4 ? this.array(argument, depth + 1) : this.map(argument, depth + 1, keys);
  }

  string(bytes) {
    if (bytes.length < 24) {
      let ascii = '';
      for (const byte of bytes) {
        if (byte > 127) return text(bytes);
        ascii += String.fromCharCode(byte);
      }
      return ascii;
    }
    return text(bytes);
  }

  pieces(major) {
    const all = [];
    for (;;) {
      const head = this.bytes[this.skip(1)];
      if (head === 0xff) break;
      const length = head >> 5 === major ? this.argument(head & 31) : undefined;
      sound(length !== undefined, UNDECODABLE);
      const piece = this.bytes.subarray(this.skip(length), this.at);
      if (major === 3) text(piece); // each piece is valid by itself
      all.push(piece);
    }
    return concat(all);
  }

  array(length = Infinity, depth) {
    const items = [];
    while (items.length < length) {
      const item = this.value(depth, length === Infinity);
      if (item === BREAK) break;
      items.push(item);
    }
    return items;
  }

  map(length = Infinity, depth, integers) {
    const map = {};
    for (let i = 0; i < length; i++) {
      const key = this.value(depth, length === Infinity);
      if (key === BREAK) break;
      sound(typeof key === 'string' || (integers && Number.isInteger(key)), UNDECODABLE);
      const value = this.value(depth);
      if (integers && /^\d/.test(key) && typeof key === 'string') continue; // an unknown key of metadata, not the integer
      if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
      else map[key] = value;
    }
    return map;
  }

  tagged(tag, depth) {
    // Tags do not nest the value, but the decoder: 33 in a row are more than any sender needs.
    this.tags = (this.tags ?? 0) + 1;
    sound(this.tags <= 32, UNDECODABLE);
    const content = this.value(depth);
    this.tags = 0;
    let number;
    if ((tag === 2 || tag === 3) && content instanceof Uint8Array) {
      number = content.reduce((sum, byte) => sum * 256 + byte, 0);
      if (tag === 3) number = -1 - number;
    } else if (tag === 4 && Array.isArray(content) && content.length === 2 && content.every(Number.isFinite)) {
      number = Number(`${content[1]}e${content[0]}`);
    } else return content;
    return this.finite(number);
  }

  finite(number) {
    sound(Number.isFinite(number), UNDECODABLE);
    return number;
  }

  simple(low, mayBreak) {
    switch (low) {
      case 20: return false;
      case 21: return true;
      case 22: case 23: return null;
      case 25: return this.float(half(this.view.getUint16(this.skip(2))));
      case 26: return this.float(this.view.getFloat32(this.skip(4)));
      case 27: return this.float(this.view.getFloat64(this.skip(8)));
      case 31: if (mayBreak) return BREAK;
      // falls through
      default: return sound(false, UNDECODABLE);
    }
  }

  float(number) {
    this.finite(number);
    return this.exact ? [number] : number;
  }
}

function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? Infinity : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

/** The CBOR codec (section 24.1); the forms of `json` hold, bytes stay bytes. */
export const cbor = {
  token: 'agentsocket.v1.cbor',
  encode(value, integerKeys) {
    check(value);
    const writer = new Writer();
    writer.value(value, integerKeys);
    return writer.bytes.slice(0, writer.at);
  },
  decode(bytes, exact, integerKeys) {
    const decoder = new Decoder(bytes, exact);
    const value = decoder.value(0, false, integerKeys);
    sound(decoder.at === bytes.length, UNDECODABLE);
    return value;
  },
};
