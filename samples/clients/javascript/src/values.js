import { DEEP, UNSENDABLE, say } from './texts.js';

const DEPTH = 32; // nesting of a payload, section 23

/** A value that no codec writes or takes. */
export class ValueError extends TypeError {}

/** Throws a ValueError if something is not so. @param {any} so @param {number} text number of what is wrong */
export function sound(so, text) {
  if (!so) throw new ValueError(say(text));
}

/**
 * Checks a value of the JSON data model: finite numbers, whole texts, no deeper than it may be. Says whether there are bytes
 * in it.
 *
 * @param {any} value @returns {boolean}
 */
export function check(value, depth = 0) {
  switch (typeof value) {
    case 'string':
      sound(value.isWellFormed(), UNSENDABLE);
      return false;
    case 'number':
      sound(Number.isFinite(value), UNSENDABLE);
      return false;
    case 'object':
      break;
    default:
      sound(typeof value !== 'bigint', UNSENDABLE);
      return false;
  }
  if (!value) return false;
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
