import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { vectors } from '../conformance/vectors.mjs';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';

const folder = fileURLToPath(new URL('../../../../docs/vectors', import.meta.url));

for (const file of ['varints', 'frames', 'messages', 'transcripts', 'invalid']) {
  for (const codec of [cbor, json]) test(`${file}, ${codec.token}`, () => assert.ok(vectors(folder, file, codec) > 10));
}
