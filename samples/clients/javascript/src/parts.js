import { NO_BYTES, concat } from './bytes.js';
import { frame } from './frames.js';
import { ASSEMBLY, PART } from './numbers.js';

/**
 * Payloads of the peer of which only PARTs have arrived (section 9.6).
 *
 * @param {number} limit largest payload, in bytes
 */
export function assembly(limit) {
  const pieces = new Map(); // stream -> buffer, bytes in it
  let total = 0;
  const none = [NO_BYTES, 0];
  const self = {
    /** Takes the bytes of a PART. Gives the error code if there are too many, else 0. */
    add(stream, bytes) {
      let [buffer, before] = pieces.get(stream) ?? none;
      const { length } = bytes;
      if (before + length > limit) return 36;
      if (total + length > ASSEMBLY) return 8;
      total += length;
      // A buffer of its own that doubles: a piece may be a byte, and its message 64 KiB.
      if (before + length > buffer.length) buffer = concat([buffer, new Uint8Array(Math.max(length, before))]);
      buffer.set(bytes, before);
      pieces.set(stream, [buffer, before + length]);
      return 0;
    },
    /** The assembled payload of a frame; undefined if it is too large. */
    take(stream, rest) {
      if (!pieces.has(stream)) return rest.length > limit ? undefined : rest;
      const code = self.add(stream, rest);
      const [buffer, length] = pieces.get(stream);
      self.drop(stream);
      return code ? undefined : buffer.subarray(0, length);
    },
    drop(stream) {
      total -= (pieces.get(stream) ?? none)[1];
      pieces.delete(stream);
    },
  };
  return self;
}

/**
 * The frames of a payload: PARTs, if it does not fit into one frame, and the real frame.
 *
 * @param {number} limit largest frame of the peer
 * @param {Uint8Array | number[]} headFields what stands whole in the real frame
 */
export function fragments(limit, type, stream, headFields, payload, flags) {
  // 16 bytes are more than the envelope of a PART or a frame: header, stream, length, metadata size.
  const space = limit - 16;
  const last = Math.max(0, space - headFields.length - (flags?.metadata?.length ?? 0));
  const frames = [];
  let at = 0;
  for (; payload.length - at > last; at += space) frames.push(frame(PART, stream, payload.subarray(at, at + space)));
  return [...frames, frame(type, stream, concat([headFields, payload.subarray(at)]), flags)];
}
