import { must } from './errors.js';
import { CREDIT, DEADLINE, DEPTH, DETAILS, HASH, KEY, PARENT, PROGRESS, TRACEPARENT } from './keys.js';
import { check, isMap, readMap } from './maps.js';
import { METADATA } from './texts.js';

const FIELDS = { [PARENT]: 0, [DEADLINE]: 0, [KEY]: -64, [TRACEPARENT]: -Infinity, [CREDIT]: 0, [HASH]: -32, [DEPTH]: 0 };
const NONE = {};

// A decoder for metadata puts numbers that are no integers into arrays of one.
const isNumber = (value) => typeof (Array.isArray(value) && value.length === 1 ? value[0] : value) === 'number';

/** Decodes and checks metadata (section 7). @param {any} codec @param {Uint8Array | undefined} bytes */
export function metadata(codec, bytes) {
  if (!bytes) return NONE;
  const map = readMap(codec, bytes, METADATA, true);
  check(map, FIELDS, METADATA);
  const { [PROGRESS]: progress, [DETAILS]: details = NONE } = map;
  must(map[KEY] !== '' && isMap(details) && (progress === undefined || (Array.isArray(progress) && progress.length === 3
    && isNumber(progress[0]) && (progress[1] === null || isNumber(progress[1])) && typeof (progress[2] ?? '') === 'string')), METADATA);
  return map;
}

/** Encodes metadata; keys that are undefined are left out. No key at all is no metadata. */
export const encodeMetadata = (codec, map) => (Object.values(map).some((value) => value !== undefined) ? codec.encode(map, true) : undefined);

/** Progress as users see it. */
export const progress = ([done, total, description]) => ({ done: +done, total: total === null ? undefined : +total, description: description ?? undefined });
