import { concat, text, utf8 } from './bytes.js';
import { BYTES, DATA, TEXT } from './numbers.js';
import { check } from './values.js';

/** The type of frame and the payload of an item: TEXT of a string, BYTES of bytes, DATA of everything else. */
export function payload(codec, item, type = typeof item === 'string' ? TEXT : item instanceof Uint8Array ? BYTES : DATA) {
  if (type === DATA) return [type, codec.encode(item)];
  if (type === BYTES) return [type, item];
  check(item);
  return [type, utf8(item)];
}

/** The item of a payload; throws where it cannot be decoded. */
export const itemOf = (codec, type, bytes) => (type === DATA ? codec.decode(bytes) : type === TEXT ? text(bytes) : bytes.slice());

/** Adds an item to the result of a call that is awaited, all of one kind: the last value, the whole text, or all bytes. */
export function join(result, { type, value, size }) {
  if (type === DATA) return { type, value, size: 0 };
  const { pieces = [], size: before = 0 } = result?.pieces ? result : {};
  pieces.push(value);
  return { type, pieces, size: before + size };
}

/** The result of a call; undefined if nothing has come. */
export const joined = ({ type, value, pieces } = {}) => (pieces ? (type === TEXT ? pieces.join('') : concat(pieces)) : value);
