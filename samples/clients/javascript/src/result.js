import { concat } from './bytes.js';
import { DATA, TEXT } from './frames.js';

/** Adds an item to the result of a call that is awaited: the last value, the whole text, or all bytes. */
export function join(result, type, value, size) {
  if (type === DATA) return { value, size: 0 };
  if (!result?.pieces) result = { type, pieces: [], size: 0 };
  result.pieces.push(value);
  result.size += size;
  return result;
}

/** The result of a call; undefined if nothing has come. */
export function joined({ type, value, pieces } = {}) {
  if (!pieces) return value;
  return type === TEXT ? pieces.join('') : concat(pieces);
}
