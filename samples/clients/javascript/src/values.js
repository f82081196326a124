const DEPTH = 32; // nesting of a payload, section 23

/** A value that no codec writes or takes. */
export class ValueError extends TypeError {}

/**
 * Checks a value of the JSON data model, and gives what is written for it: `toJSON()` where there is one, no members
 * that are undefined. Copies only what it changes.
 *
 * @param {any} value @param {(bytes: Uint8Array) => any} [bytes] what stands for bytes @returns {any}
 */
export function plain(value, bytes = (b) => b, depth = 0) {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new ValueError('a text has half of a surrogate pair');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new ValueError(`${value} is no finite number`);
      return value;
    case 'boolean':
      return value;
    case 'object':
      break;
    case 'bigint':
      throw new ValueError('a bigint cannot be sent');
    default:
      return undefined;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return bytes(value);
  if (typeof value.toJSON === 'function') return plain(value.toJSON(), bytes, depth);
  if (depth === DEPTH) throw new ValueError(`nested deeper than ${DEPTH}`);
  if (Array.isArray(value)) {
    let copy = value;
    for (let i = 0; i < value.length; i++) {
      const item = plain(value[i], bytes, depth + 1) ?? null;
      if (item !== value[i]) {
        if (copy === value) copy = [...value];
        copy[i] = item;
      }
    }
    return copy;
  }
  let copy = value;
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) throw new ValueError('a key has half of a surrogate pair');
    const item = plain(value[key], bytes, depth + 1);
    if (item !== value[key]) {
      if (copy === value) copy = { ...value };
      copy[key] = item;
    }
  }
  return copy;
}

/** Whether a value is a map. @param {any} value */
export const isMap = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
