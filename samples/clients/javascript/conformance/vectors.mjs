import { Reader, concat, text, uvarint } from '../src/bytes.js';
import { must } from '../src/errors.js';
import { envelope, frame, head, message } from '../src/frames.js';
import { metadata } from '../src/metadata.js';
import { assembly } from '../src/parts.js';
import { remote } from '../src/remote.js';
import { Failed } from './playing.mjs';
import { digits, hex, matches, shown as line } from './values.mjs';
import { MAX_COUNTER, MAX_INT } from '../src/numbers.js';

function same(actual, expected) {
  if (!matches(actual, expected)) throw new Failed(`expected ${line(expected)}, came ${line(actual)}`);
}

/** A function has to break a rule of the protocol. */
function breaks(body, why) {
  try {
    body();
  } catch (error) {
    same(error.close, 4500);
    return;
  }
  throw new Failed(`nothing was wrong: ${why}`);
}

const NAMES = 'HELLO WELCOME ACK GOAWAY DEFINE EVENT _ _ INVOKE DATA TEXT BYTES ERROR INTERRUPT CREDIT PART'.split(' ');
const PAYLOAD = { DEFINE: 'descriptor', EVENT: 'payload', INVOKE: 'arguments', DATA: 'item', TEXT: 'text', BYTES: 'bytes', PART: 'bytes' };
const LIMIT = 1 << 20;

/** What a decoder shows of CBOR byte strings, in the form of the vectors. */
const shown = (value) => {
  if (value instanceof Uint8Array) return { $bytes: digits(value) };
  if (Array.isArray(value)) return value.map(shown);
  return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shown(v)])) : value;
};
// Numbers that are no integers stand in arrays of one in metadata.
const unwrapped = (map) => (map[8] ? { ...map, 8: map[8].map((part) => (Array.isArray(part) ? part[0] : part)) } : map);

function value(codec, type, bytes) {
  if (type === 'TEXT') return text(bytes);
  if (type === 'BYTES' || type === 'PART') return digits(bytes);
  return shown(codec.decode(bytes));
}

function decode(reader, codec) {
  const f = envelope(reader, LIMIT);
  const type = NAMES[f.type] ?? 'EXTENSION';
  const shownFrame = { type, typeCode: f.type, end: f.end, body: digits(f.body) };
  if (f.type > 7) shownFrame.stream = f.stream;
  if (f.length !== undefined) shownFrame.length = f.length;
  if (type === 'EXTENSION') return shownFrame;
  if (f.type < 2) return { ...shownFrame, map: shown(codec.decode(f.body)) };
  if (f.metadata) shownFrame.metadata = shown(unwrapped(metadata(codec, f.metadata)));
  head(f);
  for (const key of ['rx', 'tx', 'code', 'drain', 'spread', 'text', 'flags', 'mode', 'reason', 'items']) {
    if (f[key] !== undefined) shownFrame[key] = f[key];
  }
  if (type === 'DEFINE') Object.assign(shownFrame, { alias: f.alias, name: f.name });
  if (type === 'INVOKE' || type === 'EVENT') shownFrame.ref = f.alias === undefined ? { name: f.name } : { alias: f.alias };
  return Object.assign(shownFrame, { f });
}

function compare(actual, expected, codec, assembled) {
  const { f, ...members } = actual;
  const { number, ...wanted } = expected;
  const key = PAYLOAD[members.type];
  if (key && !assembled && f.payload.length) members[key] = value(codec, members.type, f.payload);
  if (key && !assembled && !f.payload.length && key in wanted && wanted[key] !== undefined) members[key] = members.type === 'INVOKE' ? {} : '';
  same(members, wanted);
}

function check({ hex: bytes, frames, assembled = [] }, codec) {
  const reader = new Reader(hex(bytes));
  const parts = assembly(LIMIT);
  frames.forEach((expected, i) => {
    const whole = assembled.find((one) => one.frame === i);
    const actual = decode(reader, codec);
    compare(actual, expected, codec, whole);
    if (actual.type === 'PART') same(parts.add(actual.stream, actual.f.payload), 0);
    if (whole) same(value(codec, actual.type, parts.take(actual.stream ?? 0, actual.f.payload)), whole[PAYLOAD[actual.type]]);
  });
  same(reader.left, 0);
}

/** Says which vector it was. */
function named(id, body) {
  try {
    return body();
  } catch (error) {
    error.message = `${id}: ${error.message}`;
    throw error;
  }
}

const again = (f, { end }) => frame(f.type, f.stream, f.body, { end, metadata: f.metadata });

const FILES = {
  varints({ valid, invalid }) {
    for (const { value: number, hex: bytes, kind, why } of valid) {
      same(digits(uvarint(number)), bytes);
      same(new Reader(hex(bytes)).uvarint(MAX_COUNTER), number);
      if (kind === 'counter') breaks(() => new Reader(hex(bytes)).uvarint(MAX_INT), why);
      else same(new Reader(hex(bytes)).uvarint(), number);
    }
    for (const { hex: bytes, kind, why } of invalid) {
      if (kind !== 'number') breaks(() => new Reader(hex(bytes)).uvarint(MAX_COUNTER), why);
      if (kind !== 'counter') breaks(() => new Reader(hex(bytes)).uvarint(), why);
    }
    return valid.length + invalid.length;
  },

  frames({ frames }, codec, mine) {
    const own = frames.filter(mine);
    for (const { id, hex: bytes, frame: expected } of own) {
      named(id, () => {
        check({ hex: bytes, frames: [expected] }, codec);
        if (expected.type === 'EXTENSION') return;
        const f = again(envelope(new Reader(hex(bytes)), LIMIT), expected);
        const written = message(expected.length === undefined ? [f] : [f, f]);
        same(digits(written).slice(0, bytes.length), bytes);
      });
    }
    return own.length;
  },

  messages({ messages }, codec, mine) {
    const own = messages.filter(mine);
    for (const vector of own) {
      named(vector.id, () => {
        check(vector, codec);
        const last = vector.frames.length - 1;
        if (vector.frames.some(({ type, length }, i) => type === 'EXTENSION' || (length !== undefined) === (i === last))) return;
        const reader = new Reader(hex(vector.hex));
        same(digits(message(vector.frames.map((expected) => again(envelope(reader, LIMIT), expected)))), vector.hex);
      });
    }
    return own.length;
  },

  transcripts({ transcripts }, codec, mine) {
    const steps = transcripts.filter(mine).flatMap(({ id, steps: all }) => all.filter(({ hex: bytes }) => bytes).map((step) => ({ id, step })));
    for (const { id, step } of steps) named(`${id}, ${step.note}`, () => check(step, codec));
    return steps.length;
  },

  invalid({ vectors: all }, codec, mine) {
    const own = all.filter(mine).filter(({ level, row, outcome }) => level === 'envelope' || (level === 'payload' && row < 25 && outcome.kind === 'close'));
    for (const { id, messages, outcome } of own) {
      named(id, () => {
        let close;
        try {
          for (const { hex: bytes, parts } of messages) {
            read(bytes === undefined ? concat(parts.flatMap((part) => Array(part.times).fill(hex(part.hex)))) : hex(bytes), codec);
          }
        } catch (error) {
          close = error.close ?? error;
        }
        same(close, outcome.code);
      });
    }
    return own.length;
  },
};

function read(bytes, codec) {
  must(bytes.length <= 65536, 0, 4505);
  const reader = new Reader(bytes);
  do {
    const f = envelope(reader, 16384);
    if (f.type > 23) continue;
    if (f.type > 1) head(f);
    f.metadata = metadata(codec, f.metadata);
    if (f.type === 4) remote({ codec, tell() {} }).define(f, f.payload);
  } while (reader.left);
}

/** Tries the golden vectors of a file in a codec; gives their number. */
export function vectors(content, file, codec) {
  if (!FILES[file]) throw new Failed(`unknown vectors ${file}`);
  const name = codec.token.split('.').at(-1);
  return FILES[file](content, codec, (vector) => vector.codec === name || vector.codec === 'any');
}
