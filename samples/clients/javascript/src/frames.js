import { MAX_COUNTER, MAX_INT, Reader, concat, readable, text, uvarint } from './bytes.js';
import { must } from './errors.js';
import { FIELD, FRAME_SIZE, METADATA, NAME_SIZE, TRAILING, TYPE_OR_FLAG } from './texts.js';

export const HELLO = 0, WELCOME = 1, ACK = 2, GOAWAY = 3, DEFINE = 4, EVENT = 5, INVOKE = 8, DATA = 9, TEXT = 10,
  BYTES = 11, ERROR = 12, INTERRUPT = 13, CREDIT = 14, PART = 15, EXTENSION = 24;

const E = 1, L = 2, M = 4;
// Bit n stands for type n (section 4.4): types that there are, and those that may have a flag.
const TYPES = 0xff00ff3f, WITH_METADATA = 0xff003f30, WITH_END = 0x00000f04;
const has = (set, type) => (set >> type) & 1;

// Fields of each type in their order (section 5). Those of ACK and CREDIT are counters; texts are all that is left.
const FIELDS = {
  [ACK]: ['rx', 'tx'], [GOAWAY]: ['code', 'drain', 'spread', 'text'], [DEFINE]: ['alias', 'named'], [EVENT]: ['ref'], [INVOKE]: ['ref'],
  [ERROR]: ['code', 'flags', 'text'], [INTERRUPT]: ['mode', 'reason'], [CREDIT]: ['items'],
};

/** Whether a text is a name of an action or event (section 8.1). @param {string} name */
export const isName = (name) => /^\w[\w.\-/]{0,127}$/.test(name);

/**
 * A frame to be sent. Its size is the one with a length field, the largest it may have on the wire.
 *
 * @param {number} type @param {number} stream @param {Uint8Array} body
 * @param {{end?: boolean, metadata?: Uint8Array}} [flags]
 */
export function frame(type, stream, body, { end, metadata } = {}) {
  const rest = metadata ? concat([uvarint(metadata.length), metadata, body]) : body;
  const header = [(type << 3) | (metadata ? M : 0) | (end ? E : 0)];
  if (type > 7) header.push(...uvarint(stream));
  return { type, stream, header, rest, size: header.length + uvarint(rest.length).length + rest.length };
}

/** A frame whose body consists of numbers and perhaps a text at the end. */
export const fields = (type, stream, numbers, tail = [], flags) => frame(type, stream, concat([numbers.flatMap(uvarint), tail]), flags);

/** One message of several frames; the last one has no length field (section 4.1). */
export const message = (frames) => concat(frames.flatMap(({ header: [first, ...stream], rest }, i) => (
  i < frames.length - 1 ? [[first | L, ...stream, ...uvarint(rest.length)], rest] : [[first, ...stream], rest])));

/** Reads the envelope of the next frame of a message (section 4.3). @param {Reader} reader @param {number} limit bytes */
export function envelope(reader, limit) {
  const start = reader.at;
  const header = reader.byte();
  const type = header >> 3;
  const stream = type < 8 ? 0 : reader.uvarint();
  must(has(TYPES, type) && (has(WITH_METADATA, type) || !(header & M)) && (has(WITH_END, type) || !(header & E))
    && (stream || type < 8 || type > CREDIT), TYPE_OR_FLAG);
  const length = header & L ? reader.uvarint() : reader.left;
  must(reader.at - start + length <= limit, FRAME_SIZE, 4505);
  const rest = new Reader(reader.take(length));
  let metadata;
  if (header & M) {
    const size = rest.uvarint();
    must(size <= 4096, METADATA, 4505);
    metadata = rest.take(size);
  }
  return { type, stream, end: !!(header & E), length: header & L ? length : undefined, size: reader.at - start, metadata, body: rest.take() };
}

function name(reader, length) {
  must(length < 129, NAME_SIZE, 4505);
  const bytes = reader.take(length);
  try {
    return text(bytes);
  } catch {
    return ''; // names nothing, as every text does that is no name
  }
}

/** Reads the head fields of a frame; `payload` is what follows them (section 5). */
export function head(f) {
  const { type } = f;
  const reader = new Reader(f.body);
  const counters = type === ACK || type === CREDIT;
  for (const key of FIELDS[type] ?? []) {
    if (key === 'text' || key === 'reason') f[key] = readable(reader.take());
    else if (key !== 'tx' || reader.left) f[key] = reader.uvarint(counters ? MAX_COUNTER : MAX_INT);
  }
  if (type === DEFINE) f.name = name(reader, f.named);
  if (f.ref & 1) f.name = name(reader, f.ref >> 1);
  else if (f.ref) f.alias = f.ref >> 1;
  must(!(f.ref < 2 || f.mode > 1 || f.items === 0) && (f.code !== 0 || type === GOAWAY) && (type !== PART || reader.left), FIELD);
  f.payload = reader.take();
  must(!counters || !f.payload.length, TRAILING);
  return f;
}
