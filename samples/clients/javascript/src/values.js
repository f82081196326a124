import { DEEP, UNSENDABLE, say } from './texts.js';

const DEPTH = 32; // nesting of a payload, section 23
const STRUCTURE = 64, TEXT = 32, SCALAR = 8; // bytes that a value is counted as beside those on the wire, texts and others inside of a structure

/** Throws a TypeError if something is not so: a value that no codec writes or takes. @param {any} so @param {number} text number of what is wrong */
export function sound(so, text) {
  if (!so) throw new TypeError(say(text));
}

/**
 * Checks a value of the JSON data model: finite numbers, whole texts, no deeper than it may be. Says whether there are bytes
 * in it.
 *
 * @param {any} value @returns {boolean}
 */
export function check(value, depth = 0) {
  const type = typeof value;
  sound(type === 'string' ? value.isWellFormed() : type === 'number' ? Number.isFinite(value) : type !== 'bigint', UNSENDABLE);
  if (type !== 'object' || !value) return false;
  if (value instanceof Uint8Array) return true;
  if (typeof value.toJSON === 'function') return check(value.toJSON(), depth);
  sound(depth < DEPTH, DEEP);
  let bytes = false;
  for (const key of Object.keys(value)) {
    check(key);
    if (check(value[key], depth + 1)) bytes = true;
  }
  return bytes;
}

/** Bytes that the values of a structure take beside those on the wire: `a0` in CBOR is one byte there, and an object here. */
export const weight = (value, text = 0, scalar = 0) => (typeof value === 'string' || value instanceof Uint8Array ? text
  : typeof value === 'object' && value ? Object.values(value).reduce((sum, one) => sum + weight(one, TEXT, SCALAR), STRUCTURE) : scalar);

/** Bytes that a payload counts for while it waits. Its values alone never make it too large: it may be the only one that waits. */
export const charge = ({ buffer }, { length }, value) => Math.max(length, Math.min(length + weight(value), buffer));
