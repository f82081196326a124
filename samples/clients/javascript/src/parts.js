import { NO_BYTES, concat } from './bytes.js';
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
    this.total += bytes.length;
    // A buffer of its own that doubles: a piece may be a byte, and its message 64 KiB.
    if (length > piece.bytes.length) piece.bytes = concat([piece.bytes.subarray(0, piece.length), new Uint8Array(Math.max(bytes.length, piece.length))]);
    piece.bytes.set(bytes, piece.length);
    piece.length = length;
    this.#pieces.set(stream, piece);
    return 0;
  }

  /** The assembled payload of a frame; undefined if it is too large. */
  take(stream, rest) {
    const piece = this.#pieces.get(stream);
    if (!piece) return rest.length > this.limit ? undefined : rest;
    const code = this.add(stream, rest);
    this.drop(stream);
    return code ? undefined : piece.bytes.subarray(0, piece.length);
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
 * @param {Uint8Array | number[]} headFields what stands whole in the real frame
 */
export function fragments(type, stream, headFields, payload, flags, limit) {
  // 16 bytes are more than the envelope of a PART or a frame: header, stream, length, metadata size.
  const space = limit - 16;
  const last = space - headFields.length - (flags?.metadata?.length ?? 0);
  const frames = [];
  let at = 0;
  for (; payload.length - at > Math.max(0, last); at += space) frames.push(frame(PART, stream, payload.subarray(at, at + space)));
  frames.push(frame(type, stream, concat([headFields, payload.subarray(at)]), flags));
  return frames;
}
