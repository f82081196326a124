import { text, utf8 } from './bytes.js';
import { BYTES, DATA, TEXT } from './frames.js';
import { ValueError } from './values.js';

/** The type of frame and the payload of an item: TEXT of a string, BYTES of bytes, DATA of everything else. */
export function payload(codec, item, type) {
  type ??= typeof item === 'string' ? TEXT : item instanceof Uint8Array ? BYTES : DATA;
  if (type === DATA) return [DATA, codec.encode(item)];
  if (type === BYTES) return [BYTES, item];
  if (!item.isWellFormed()) throw new ValueError('a text has half of a surrogate pair');
  return [TEXT, utf8(item)];
}

/** The item of a payload; throws where it cannot be decoded. */
export const itemOf = (codec, type, bytes) => (type === DATA ? codec.decode(bytes) : type === TEXT ? text(bytes) : bytes.slice());
