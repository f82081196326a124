import { MAX_COUNTER, Reader, concat, readable, text, uvarint, uvarintSize } from './bytes.js';
import { ProtocolError } from './errors.js';

export const HELLO = 0, WELCOME = 1, ACK = 2, GOAWAY = 3, DEFINE = 4, EVENT = 5, INVOKE = 8, DATA = 9, TEXT = 10,
  BYTES = 11, ERROR = 12, INTERRUPT = 13, CREDIT = 14, PART = 15, EXTENSION = 24;

const E = 1, L = 2, M = 4;
// Bit n stands for type n (section 4.4).
const RESERVED = 0x00ff00c0, WITH_METADATA = 0xff003f30, WITH_END = 0x00000f04;
const has = (set, type) => (set >> type) & 1;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.\-/]*$/;

/** Whether a text is a name of an action or event (section 8.1). @param {string} name */
export const isName = (name) => NAME.test(name) && name.length < 129;

/**
 * A frame to be sent. Its size is the one with a length field, the largest it may have on the wire.
 *
 * @param {number} type @param {number} stream @param {Uint8Array} body
 * @param {{end?: boolean, metadata?: Uint8Array}} [flags]
 */
export function frame(type, stream, body, { end, metadata } = {}) {
  const rest = metadata ? concat([Uint8Array.from(uvarint(metadata.length)), metadata, body]) : body;
  const size = 1 + (type < 8 ? 0 : uvarintSize(stream)) + uvarintSize(rest.length) + rest.length;
  return { type, stream, header: (type << 3) | (metadata ? M : 0) | (end ? E : 0), rest, size };
}

/** A frame whose body consists of numbers and perhaps a text at the end. */
export const fields = (type, stream, numbers, tail = [], flags) =>
  frame(type, stream, Uint8Array.from([...numbers.flatMap(uvarint), ...tail]), flags);

/** One message of several frames; the last one has no length field (section 4.1). */
export function message(frames) {
  const last = frames.length - 1;
  const bytes = new Uint8Array(frames.reduce((sum, f) => sum + f.size, -uvarintSize(frames[last].rest.length)));
  let at = 0;
  const put = (value) => {
    for (; value > 127; value >>>= 7) bytes[at++] = (value & 127) | 128;
    bytes[at++] = value;
  };
  frames.forEach((f, i) => {
    bytes[at++] = f.header | (i < last ? L : 0);
    if (f.type > 7) put(f.stream);
    if (i < last) put(f.rest.length);
    bytes.set(f.rest, at);
    at += f.rest.length;
  });
  return bytes;
}

/** Reads the envelope of the next frame of a message (section 4.3). @param {Reader} reader @param {number} limit bytes */
export function envelope(reader, limit) {
  const start = reader.at;
  const header = reader.byte();
  const type = header >> 3;
  if (has(RESERVED, type)) throw new ProtocolError(`a frame of the reserved type ${type}`);
  if ((header & M && !has(WITH_METADATA, type)) || (header & E && !has(WITH_END, type))) {
    throw new ProtocolError(`a flag that type ${type} does not have`);
  }
  const stream = type < 8 ? 0 : reader.uvarint();
  if (type > 7 && type < PART && !stream) throw new ProtocolError('stream 0');
  const length = header & L ? reader.uvarint() : reader.left;
  if (reader.at - start + length > limit) throw new ProtocolError('a frame is larger than its limit', 4505);
  const rest = new Reader(reader.take(length));
  let metadata;
  if (header & M) {
    const size = rest.uvarint();
    if (size > 4096) throw new ProtocolError('metadata of more than 4 KiB', 4505);
    metadata = rest.take(size);
  }
  return { type, stream, end: !!(header & E), length: header & L ? length : undefined, size: reader.at - start, metadata, body: rest.take() };
}

function name(reader, length) {
  if (length > 128) throw new ProtocolError('a name of more than 128 bytes', 4505);
  const bytes = reader.take(length);
  try {
    return text(bytes);
  } catch {
    return ''; // names nothing, as every text does that is no name
  }
}

/** Reads the head fields of a frame; `payload` is what follows them (section 5). */
export function head(f) {
  const reader = new Reader(f.body);
  switch (f.type) {
    case ACK:
      f.rx = reader.uvarint(MAX_COUNTER);
      if (reader.left) f.tx = reader.uvarint(MAX_COUNTER);
      break;
    case GOAWAY:
      f.code = reader.uvarint();
      f.drain = reader.uvarint();
      f.spread = reader.uvarint();
      f.text = readable(reader.take());
      break;
    case DEFINE:
      f.alias = reader.uvarint();
      f.named = reader.uvarint();
      f.name = name(reader, f.named);
      break;
    case EVENT:
    case INVOKE: {
      const reference = reader.uvarint();
      if (reference < 2) throw new ProtocolError('a reference to alias 0 or to an empty name');
      if (reference & 1) f.name = name(reader, reference >> 1);
      else f.alias = reference >> 1;
      break;
    }
    case ERROR:
      f.code = reader.uvarint();
      f.flags = reader.uvarint();
      f.text = readable(reader.take());
      if (!f.code) throw new ProtocolError('ERROR 0');
      break;
    case INTERRUPT:
      f.mode = reader.uvarint();
      f.reason = readable(reader.take());
      if (f.mode > 1) throw new ProtocolError('an unknown mode of INTERRUPT');
      break;
    case CREDIT:
      f.items = reader.uvarint(MAX_COUNTER);
      if (!f.items) throw new ProtocolError('CREDIT 0');
      break;
    case PART:
      if (!reader.left) throw new ProtocolError('a PART without bytes');
      break;
    default: // DATA, TEXT, BYTES: all is payload
  }
  f.payload = reader.take();
  if (f.payload.length && (f.type === ACK || f.type === CREDIT)) throw new ProtocolError('bytes behind the last field');
  return f;
}
