import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { vectors } from '../conformance/vectors.mjs';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';

const read = (file) => JSON.parse(readFileSync(new URL(`../../../../docs/vectors/${file}.json`, import.meta.url), 'utf8'));

for (const file of ['varints', 'frames', 'messages', 'transcripts', 'invalid']) {
  for (const codec of [cbor, json]) test(`${file}, ${codec.token}`, () => assert.ok(vectors(read(file), file, codec) > 10));
}
