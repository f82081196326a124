import { Reader, concat, readable, text, uvarint } from './bytes.js';
import { must } from './errors.js';
import { ACK, CREDIT, DEFINE, E, GOAWAY, L, M, MAX_COUNTER, MAX_INT, PART, TYPES, WITH_END, WITH_METADATA } from './numbers.js';
import { FIELD, FRAME_SIZE, METADATA, NAME_SIZE, TRAILING, TYPE_OR_FLAG } from './texts.js';

// Fields of each type in their order (section 5). Those of ACK and CREDIT are counters; texts are all that is left.
const FIELDS = ',,rx tx,code drain spread text,alias named,ref,,,ref,,,,code flags text,mode reason,items,'.split(',').map((keys) => keys.match(/\w+/g) ?? []);

/** Whether a text is a name of an action or event (section 8.1). @param {string} name */
export const isName = (name) => /^\w[\w.\-/]{0,127}$/.test(name);

/**
 * A frame to be sent. Its size is the one with a length field, the largest it may have on the wire.
 *
 * @param {number} type @param {number} stream @param {Uint8Array} body
 * @param {{end?: boolean, metadata?: Uint8Array, sent?: () => void}} [flags] `sent` is called when the frame gets its number
 */
export function frame(type, stream, body, { end, metadata, sent } = {}) {
  const rest = metadata ? concat([uvarint(metadata.length), metadata, body]) : body;
  const first = (type << 3) | (metadata ? M : 0) | (end ? E : 0);
  const id = type > 7 ? uvarint(stream) : [];
  const header = [first | L, ...id, ...uvarint(rest.length)];
  return { type, stream, header, last: [first, ...id], rest, sent, size: header.length + rest.length };
}

/** A frame whose body consists of numbers and perhaps a text at the end. */
export const fields = (type, stream, numbers, tail = [], flags) => frame(type, stream, concat([numbers.flatMap(uvarint), tail]), flags);

/** One message of several frames; the last one has no length field (section 4.1). */
export const message = (frames) => concat(frames.flatMap(({ header, last, rest }, i) => [i < frames.length - 1 ? header : last, rest]));

/** Reads the envelope of the next frame of a message (section 4.3). @param {Reader} reader @param {number} limit bytes */
export function envelope(reader, limit) {
  const start = reader.at;
  const header = reader.byte();
  const type = header >> 3;
  const stream = type > 7 ? reader.uvarint() : 0;
  const may = (types, flag) => (types >> type) & 1 || !(header & flag);
  must(may(TYPES, 255) && may(WITH_METADATA, M) && may(WITH_END, E) && (stream || type < 8 || type > CREDIT), TYPE_OR_FLAG);
  const length = header & L ? reader.uvarint() : undefined;
  const whole = length ?? reader.left;
  must(reader.at - start + whole <= limit, FRAME_SIZE, 4505);
  const rest = new Reader(reader.take(whole));
  let metadata;
  if (header & M) {
    const size = rest.uvarint();
    must(size <= 4096, METADATA, 4505);
    metadata = rest.take(size);
  }
  return { type, stream, end: !!(header & E), length, size: reader.at - start, metadata, body: rest.take() };
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
  for (const key of FIELDS[type]) {
    if (/text|reason/.test(key)) f[key] = readable(reader.take());
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
