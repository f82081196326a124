import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_COUNTER, MAX_INT, Reader, concat, text, uvarint } from '../src/bytes.js';
import { cbor } from '../src/cbor.js';
import { ProtocolError } from '../src/errors.js';
import { envelope, frame, head, message } from '../src/frames.js';
import { json } from '../src/json.js';
import { metadata } from '../src/metadata.js';
import { Remote } from '../src/remote.js';
import { Assembly } from '../src/parts.js';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../../docs/vectors/${name}.json`, import.meta.url)));
const hex = (digits) => Uint8Array.from(Buffer.from(digits, 'hex'));
const digits = (bytes) => Buffer.from(bytes).toString('hex');
const codecs = { cbor: [cbor], json: [json], any: [cbor, json] };
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
  assert.deepEqual(members, wanted);
}

function check({ hex: bytes, frames, assembled = [] }, codec) {
  const reader = new Reader(hex(bytes));
  const assembly = new Assembly(LIMIT);
  frames.forEach((expected, i) => {
    const whole = assembled.find((one) => one.frame === i);
    const actual = decode(reader, codec);
    compare(actual, expected, codec, whole);
    if (actual.type === 'PART') assert.equal(assembly.add(actual.stream, actual.f.payload), 0);
    if (whole) assert.deepEqual(value(codec, actual.type, assembly.take(actual.stream ?? 0, actual.f.payload)), whole[PAYLOAD[actual.type]]);
  });
  assert.equal(reader.left, 0);
}

test('uvarints', () => {
  const { valid, invalid } = vectors('varints');
  for (const { value: number, hex: bytes, kind } of valid) {
    assert.equal(digits(uvarint(number)), bytes);
    assert.equal(new Reader(hex(bytes)).uvarint(MAX_COUNTER), number);
    if (kind === 'counter') assert.throws(() => new Reader(hex(bytes)).uvarint(MAX_INT));
    else assert.equal(new Reader(hex(bytes)).uvarint(), number);
  }
  for (const { hex: bytes, kind, why } of invalid) {
    if (kind !== 'number') assert.throws(() => new Reader(hex(bytes)).uvarint(MAX_COUNTER), { close: 4500 }, why);
    if (kind !== 'counter') assert.throws(() => new Reader(hex(bytes)).uvarint(), { close: 4500 }, why);
  }
});

test('frames are decoded', () => {
  for (const vector of vectors('frames').frames) {
    for (const codec of codecs[vector.codec]) {
      try {
        check({ hex: vector.hex, frames: [vector.frame] }, codec);
      } catch (error) {
        error.message = `${vector.id}: ${error.message}`;
        throw error;
      }
    }
  }
});

test('frames are encoded', () => {
  for (const { id, hex: bytes, frame: expected } of vectors('frames').frames) {
    if (expected.type === 'EXTENSION') continue;
    const { metadata: encoded, body, type, stream } = envelope(new Reader(hex(bytes)), LIMIT);
    const f = frame(type, stream, body, { end: expected.end, metadata: encoded });
    const written = message(expected.length === undefined ? [f] : [f, f]);
    assert.equal(digits(written).slice(0, bytes.length), bytes, id);
  }
});

test('messages are decoded, and encoded again', () => {
  for (const vector of vectors('messages').messages) {
    for (const codec of codecs[vector.codec]) {
      try {
        check(vector, codec);
      } catch (error) {
        error.message = `${vector.id}: ${error.message}`;
        throw error;
      }
    }
    if (vector.frames.some(({ type, length }, i) => type === 'EXTENSION' || (length !== undefined) === (i === vector.frames.length - 1))) continue;
    const reader = new Reader(hex(vector.hex));
    const frames = vector.frames.map(() => {
      const { type, stream, body, end, metadata: encoded } = envelope(reader, LIMIT);
      return frame(type, stream, body, { end, metadata: encoded });
    });
    assert.equal(digits(message(frames)), vector.hex, vector.id);
  }
});

test('transcripts are decoded', () => {
  for (const { id, codec, steps } of vectors('transcripts').transcripts) {
    for (const step of steps.filter(({ hex: bytes }) => bytes)) {
      try {
        check(step, codecs[codec][0]);
      } catch (error) {
        error.message = `${id}: ${error.message}`;
        throw error;
      }
    }
  }
});

test('bad envelopes and head fields close with their code', () => {
  let tried = 0;
  for (const vector of vectors('invalid').vectors) {
    if (vector.level !== 'envelope' && !(vector.level === 'payload' && vector.row < 25 && vector.outcome.kind === 'close')) continue;
    const whole = vector.messages.map(({ hex: bytes, parts }) => (bytes !== undefined ? hex(bytes) : concat(parts.flatMap((part) => Array(part.times).fill(hex(part.hex))))));
    for (const codec of codecs[vector.codec]) {
      let close;
      try {
        for (const bytes of whole) {
          if (bytes.length > 65536) throw new ProtocolError('too large', 4505);
          const reader = new Reader(bytes);
          do {
            const f = envelope(reader, 16384);
            if (f.type > 23) continue;
            if (f.type > 1) head(f);
            f.metadata = metadata(codec, f.metadata);
            if (f.type === 4) new Remote({ codec, changed() {} }).define(f, f.payload);
          } while (reader.left);
        }
      } catch (error) {
        close = error.close ?? error;
      }
      assert.equal(close, vector.outcome.code, vector.id);
      tried++;
    }
  }
  assert.ok(tried > 100, `${tried}`);
});
