import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';

const hex = (text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
let deep = 1;
for (let i = 0; i < 32; i++) deep = [deep];

const values = [null, true, false, 0, 1, -1, 23, 24, 255, 256, 65535, 65536, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 1.5, -0.1, 1e300, 1.1,
  '', 'text', 'ü€😀', 'x'.repeat(300), [], {}, [1, [2, { a: [] }]], { a: 1, b: null, '': 'empty' }, deep];

for (const codec of [json, cbor]) {
  test(`${codec.token} gives back what it writes`, () => {
    for (const value of values) assert.deepEqual(codec.decode(codec.encode(value)), value);
  });

  test(`${codec.token} leaves out what is undefined and asks toJSON`, () => {
    const value = { a: undefined, b: [undefined], c: new Date(0), d: () => 1 };
    assert.deepEqual(codec.decode(codec.encode(value)), { b: [null], c: '1970-01-01T00:00:00.000Z' });
    assert.equal(Object.keys(value).length, 4);
  });

  test(`${codec.token} does not write what cannot be sent`, () => {
    const circle = {};
    circle.self = circle;
    for (const value of [NaN, Infinity, 10n, '\ud800', { '\udc00': 1 }, [deep], circle]) assert.throws(() => codec.encode(value), TypeError);
  });

  test(`${codec.token} keeps the key __proto__ to itself`, () => {
    const value = codec.decode(codec.encode(JSON.parse('{"__proto__":{"admin":true}}')));
    assert.equal(value.admin, undefined);
    assert.deepEqual(Object.keys(value), ['__proto__']);
  });

  test(`${codec.token} tells integers from other numbers where that counts`, () => {
    assert.deepEqual(codec.decode(codec.encode({ a: 1, b: 1.5, c: '1.5 "2.5"', d: -7 }), true), { a: 1, b: [1.5], c: '1.5 "2.5"', d: -7 });
  });
}

test('JSON that is not one value of the data model is refused', () => {
  for (const text of ['', '1 2', '{', '"\\ud800"', '1e400', '\ufeff1', `${'['.repeat(33)}${']'.repeat(33)}`, `${'['.repeat(500000)}`]) {
    assert.throws(() => json.decode(new TextEncoder().encode(text)), undefined, text.slice(0, 20));
  }
  assert.throws(() => json.decode(hex('22ff22')));
  assert.deepEqual(json.decode(json.encode({ b: hex('00ff') })), { b: 'AP8=' });
});

test('CBOR takes all forms', () => {
  const forms = {
    '18 05': 5, '19 0005': 5, '1a 00000005': 5, '1b 0000000000000005': 5, '38 04': -5,
    'f9 4d60': 21.5, 'fa 41ac0000': 21.5, 'fb 4035800000000000': 21.5, 'f9 0001': 2 ** -24, 'f9 8000': -0,
    '9f 01 02 ff': [1, 2], 'bf 61 61 01 ff': { a: 1 }, '7f 61 61 60 62 6263 ff': 'abc', '98 01 01': [1],
    f7: null, 'c1 05': 5, 'd9 d9f7 61 61': 'a', 'c2 42 0100': 256, 'c3 42 0100': -257, 'c4 82 20 18 d7': 21.5, 'a1 c0 61 61 01': { a: 1 },
    'a2 61 61 01 61 61 02': { a: 2 },
  };
  for (const [bytes, value] of Object.entries(forms)) assert.deepEqual(cbor.decode(hex(bytes)), value, bytes);
  assert.deepEqual(cbor.decode(hex('5f 41 01 42 0203 ff')), hex('010203'));
  assert.deepEqual(cbor.decode(cbor.encode({ b: hex('00ff') })), { b: hex('00ff') });
});

test('CBOR that is not one value of the data model is refused', () => {
  for (const bytes of ['', '01 02', '18', '61', '62 61', '61 ff', '63 eda080', '82 01', 'a1 01 02', 'a1 61 61', 'f9 7c00', 'f9 7e00', 'fb 7ff0000000000000',
    'f8 20', 'e0', 'ff', '9f 01', '1c', '1f', 'df 01', '7f 01 ff', '7f 7f ff ff', '9b 7fffffffffffffff', '5b 7fffffffffffffff', `${'81'.repeat(33)} 01`,
    'bf 61 61 ff', `${'c1'.repeat(40)} 01`, 'c4 82 1903e7 1903e7', '7f 61 e2 62 82ac ff']) {
    assert.throws(() => cbor.decode(hex(bytes)), undefined, bytes);
  }
});

test('metadata of CBOR has integers as keys', () => {
  assert.deepEqual([...cbor.encode({ 2: 5 }, true)], [0xa1, 2, 5]);
  assert.deepEqual(cbor.decode(hex('a3 02 05 61 32 06 c1 03 07'), true, true), { 2: 5, 3: 7 });
});
