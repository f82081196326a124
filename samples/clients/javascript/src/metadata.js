import { MAX_COUNTER, MAX_INT, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { isMap } from './values.js';

export const PARENT = 1, DEADLINE = 2, KEY = 4, TRACEPARENT = 5, CREDIT = 7, PROGRESS = 8, DETAILS = 9, HASH = 10, DEPTH = 11;

const int = (max = MAX_INT) => (value) => Number.isInteger(value) && value >= 0 && value <= max;
// A decoder for metadata puts numbers that are no integers into arrays of one.
const number = (value) => typeof value === 'number' || (Array.isArray(value) && value.length === 1 && typeof value[0] === 'number');
const CHECKS = {
  [PARENT]: int(),
  [DEADLINE]: int(),
  [KEY]: (value) => typeof value === 'string' && value !== '' && utf8(value).length <= 64,
  [TRACEPARENT]: (value) => typeof value === 'string',
  [CREDIT]: int(MAX_COUNTER),
  [PROGRESS]: (value) => Array.isArray(value) && value.length === 3 && number(value[0])
    && (value[1] === null || number(value[1])) && (value[2] === null || typeof value[2] === 'string'),
  [DETAILS]: isMap,
  [HASH]: (value) => typeof value === 'string' && utf8(value).length <= 32,
  [DEPTH]: int(),
};
const NONE = {};

/** Decodes and checks metadata (section 7). @param {any} codec @param {Uint8Array | undefined} bytes */
export function metadata(codec, bytes) {
  if (!bytes) return NONE;
  let map;
  try {
    map = codec.decode(bytes, true, true);
  } catch {
    // falls through: undecodable is no map
  }
  if (!isMap(map)) throw new ProtocolError('metadata cannot be read');
  for (const key of Object.keys(CHECKS)) {
    if (map[key] !== undefined && !CHECKS[key](map[key])) throw new ProtocolError(`metadata has a bad key ${key}`);
  }
  return map;
}

/** Encodes metadata; keys that are undefined are left out. No key at all is no metadata. */
export function encodeMetadata(codec, map) {
  return Object.values(map).some((value) => value !== undefined) ? codec.encode(map, true) : undefined;
}

/** Progress as users see it. */
export function progress([done, total, description]) {
  return { done: Number(done), total: total === null ? undefined : Number(total), description: description ?? undefined };
}
