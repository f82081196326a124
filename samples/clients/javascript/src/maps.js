import { utf8 } from './bytes.js';
import { must } from './errors.js';
import { MAX_COUNTER, MAX_INT } from './numbers.js';

const COUNTERS = ['rx', 'next', 'items', '2', '7']; // 2 and 7 are the deadline and the credit in metadata

/** Whether a value is a map. @param {any} value */
export const isMap = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/**
 * Checks fields of a map that the peer has sent, those that are there.
 *
 * @param {object} map @param {{[key: string]: number}} fields the least values of integers; of texts their most bytes, below zero
 * @param {number} rule that is broken otherwise
 */
export function check(map, fields, rule) {
  must(isMap(map), rule);
  for (const key in fields) {
    const value = map[key];
    const least = fields[key];
    must(value === undefined || (least < 0 ? typeof value === 'string' && utf8(value).length <= -least
      : Number.isInteger(value) && value >= least && value <= (COUNTERS.includes(key) ? MAX_COUNTER : MAX_INT)), rule);
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
