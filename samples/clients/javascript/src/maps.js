import { MAX_COUNTER, MAX_INT, utf8 } from './bytes.js';
import { must } from './errors.js';

const COUNTERS = ['rx', 'next', 'items', '7']; // 7 is the credit in metadata

/** Whether a value is a map. @param {any} value */
export const isMap = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/**
 * Checks fields of a map that the peer has sent, those that are there.
 *
 * @param {object} map @param {{[key: string]: number}} texts their most bytes
 * @param {{[key: string]: number}} integers their least values @param {number} rule that is broken otherwise
 */
export function check(map, texts, integers, rule) {
  must(isMap(map), rule);
  for (const key in { ...texts, ...integers }) {
    const value = map[key];
    must(value === undefined || (key in texts ? typeof value === 'string' && utf8(value).length <= texts[key]
      : Number.isInteger(value) && value >= integers[key] && value <= (COUNTERS.includes(key) ? MAX_COUNTER : MAX_INT)), rule);
  }
}

/** Decodes a map of the protocol itself. @param {boolean} [keys] whether its keys are integers */
export function readMap(codec, bytes, rule, keys) {
  let map;
  try {
    map = codec.decode(bytes, true, keys);
  } catch {
    // falls through: undecodable is no map
  }
  must(isMap(map), rule);
  return map;
}
