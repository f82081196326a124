import { NO_BYTES } from './bytes.js';
import { PART, frame } from './frames.js';

const ASSEMBLY = 4194304; // PART bytes of all streams, section 23

/** Payloads of the peer of which only PARTs have arrived (section 9.6). */
export class Assembly {
  total = 0;
  #pieces = new Map();

  /** @param {number} limit largest payload, in bytes */
  constructor(limit) {
    this.limit = limit;
  }

  /** Takes the bytes of a PART. Gives the error code if there are too many, else 0. */
  add(stream, bytes) {
    const piece = this.#pieces.get(stream) ?? { bytes: NO_BYTES, length: 0 };
    const length = piece.length + bytes.length;
    if (length > this.limit) return 36;
    if (this.total + bytes.length > ASSEMBLY) return 8;
    if (length > piece.bytes.length) {
      const larger = new Uint8Array(Math.max(length, piece.bytes.length * 2));
      larger.set(piece.bytes.subarray(0, piece.length));
      piece.bytes = larger;
    }
    piece.bytes.set(bytes, piece.length);
    piece.length = length;
    this.total += bytes.length;
    this.#pieces.set(stream, piece);
    return 0;
  }

  /** The assembled payload of a frame; undefined if it is too large. */
  take(stream, rest) {
    const piece = this.#pieces.get(stream);
    if (piece) {
      const code = rest.length ? this.add(stream, rest) : 0;
      this.drop(stream);
      return code ? undefined : piece.bytes.subarray(0, piece.length);
    }
    return rest.length > this.limit ? undefined : rest;
  }

  drop(stream) {
    this.total -= this.#pieces.get(stream)?.length ?? 0;
    this.#pieces.delete(stream);
  }
}

/**
 * The frames of a payload: PARTs, if it does not fit into one frame, and the real frame.
 *
 * @param {number} limit largest frame of the peer
 * @param {Uint8Array} headFields what stands whole in the real frame
 */
export function fragments(type, stream, headFields, payload, flags, limit) {
  const whole = (rest) => {
    const body = new Uint8Array(headFields.length + rest.length);
    body.set(headFields);
    body.set(rest, headFields.length);
    return frame(type, stream, body, flags);
  };
  // 16 bytes are more than the envelope of a PART or a frame: header, stream, length, metadata size.
  const space = limit - 16;
  const last = space - headFields.length - (flags?.metadata?.length ?? 0);
  const frames = [];
  let at = 0;
  for (; at < payload.length && payload.length - at > last; at += space) frames.push(frame(PART, stream, payload.subarray(at, Math.min(at + space, payload.length))));
  frames.push(whole(payload.subarray(at)));
  return frames;
}
