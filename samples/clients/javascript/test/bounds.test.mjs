import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cbor } from '../src/cbor.js';
import { connect } from '../src/full.js';
import { json } from '../src/json.js';
import { FakeServer, fields, frame } from './fake.mjs';
import { ACK, BYTES, DATA, ERROR, EVENT, GOAWAY, INTERRUPT, INVOKE, PART, TEXT } from '../src/numbers.js';

const utf8 = (text) => new TextEncoder().encode(text);
const settled = () => new Promise(setImmediate);
const event = (agent, type) => new Promise((resolve) => agent.addEventListener(type, ({ detail }) => resolve(detail), { once: true }));

/** An agent that is closed when the test ends, and its first connection. */
async function start(t, { codec, welcome, ...options } = {}) {
  const server = new FakeServer({ codec });
  const agent = connect('ws://fake/', { codec, WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, ...options });
  t.after(async () => {
    const closing = agent.close();
    server.connections.at(-1).drop(1000);
    await closing;
  });
  return { server, agent, connection: await server.welcome(welcome) };
}

/** Sends a payload in PARTs and its frame. */
function sendWhole(connection, type, stream, bytes) {
  let at = 0;
  for (; bytes.length - at > 16000; at += 16000) connection.send(frame(PART, stream, bytes.subarray(at, at + 16000)));
  connection.send(frame(type, stream, bytes.subarray(at), { end: true }));
}

test('a query, tags and a cursor have their bounds', async (t) => {
  const { agent, connection } = await start(t);
  agent.offer({ name: 'a', tags: ['x'] }, () => 1);
  const bad = { query: ['x'.repeat(1025), '\u{1f600}'.repeat(1025)], tags: [Array(33).fill('x'), 'x', [1]], cursor: ['0'.repeat(513), 0, null] };
  let stream = 0;
  const find = (args) => connection.send(fields(INVOKE, stream += 2, [4], connection.codec.encode(args), { end: true }));
  for (const [key, values] of Object.entries(bad)) {
    for (const value of values) {
      find({ [key]: value });
      const error = await connection.frame(ERROR, stream);
      assert.deepEqual([error.code, error.meta[9].violations[0].pointer], [3, `/${key}`]);
    }
  }
  for (const args of [{ query: ` ${'\u{1f600}'.repeat(1022)} ` }, { tags: Array(32).fill('x') }, { cursor: '0'.repeat(512) }]) {
    find(args);
    await connection.frame(DATA, stream);
  }
});

test('values count beside their bytes until they are taken', async (t) => {
  const { agent, connection } = await start(t, { codec: cbor, limits: { buffer: 100000 } });
  agent.offer({ name: 'hang', items: {} }, (args, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)));
  const maps = { a: Array(1000).fill({}) }; // 1 KB on the wire
  connection.invoke(2, 'hang', maps, { end: false });
  connection.invoke(4, 'hang', maps);
  assert.deepEqual(await connection.frame(ERROR).then((f) => [f.stream, f.code, f.flags]), [4, 8, 1]);
  connection.item(2, maps);
  assert.deepEqual(await connection.frame(ERROR).then((f) => [f.stream, f.code]), [2, 8]);
  await settled();
  const call = agent.invoke('items', {}, { prefetch: 10 });
  const items = call[Symbol.asyncIterator]();
  const { stream } = await connection.frame(INVOKE);
  connection.item(stream, Array(13000).fill(0)); // far more than the buffer, but nothing else waits
  assert.equal((await items.next()).value.length, 13000);
  for (let i = 0; i < 2; i++) connection.item(stream, maps);
  assert.deepEqual(await connection.frame(ERROR).then((f) => [f.stream, f.code]), [stream, 8]);
  assert.equal((await items.next()).value.a.length, 1000);
  await assert.rejects(items.next(), { code: 'RESOURCE_EXHAUSTED' });
});

test('a stream of pages is held as far as its credit goes', async (t) => {
  const { agent, connection } = await start(t, { codec: cbor });
  const row = (i) => Object.fromEntries(Array.from({ length: 20 }, (_, column) => [`c${column}`, i]));
  const page = [Array.from({ length: 1000 }, (_, i) => row(i)), Array(20000).fill(0)];
  const items = agent.invoke('pages')[Symbol.asyncIterator]();
  const { stream, meta } = await connection.frame(INVOKE);
  assert.equal(meta[7], 32);
  const bytes = cbor.encode(page);
  for (let i = 0; i < 32; i++) {
    let at = 0;
    for (; bytes.length - at > 16000; at += 16000) connection.send(frame(PART, stream, bytes.subarray(at, at + 16000)));
    connection.send(frame(DATA, stream, bytes.subarray(at)));
    await settled();
    connection.ack();
  }
  connection.send(frame(DATA, stream, utf8(''), { end: true }));
  let count = 0;
  for (let next; !(next = await items.next()).done;) count += next.value[0].length;
  assert.equal(count, 32000);
});

test('a list of all actions ends at a page without a new one, and at 16 MiB', async (t) => {
  const { agent, connection } = await start(t);
  for (const [pages, description] of [[2, 'a'], [17, 'x'.repeat(1000000)]]) {
    const listing = agent.actions();
    for (let i = 1; i <= pages; i++) {
      const { stream } = await connection.frame(INVOKE);
      connection.ack();
      sendWhole(connection, DATA, stream, json.encode({ actions: [{ name: pages === 2 ? 'a' : `a${i}`, description }], total: 100, next: `${i}` }));
    }
    assert.equal((await listing).length, pages - 1);
  }
});

test('a call behind GOAWAY that has waited for as long as it may has the agent leave, and waits for the next connection', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(Math, 'random', () => 0.5);
  const { server, agent, connection } = await start(t, { maxWait: 5000 });
  const before = agent.invoke('before');
  await connection.frame(INVOKE);
  connection.send(fields(GOAWAY, 0, [4000, 0, 2 ** 31 - 1]));
  const first = agent.invoke('first');
  await settled();
  t.mock.timers.tick(4000);
  const second = agent.invoke('second');
  await settled();
  t.mock.timers.tick(999);
  assert.ok(agent.connected);
  t.mock.timers.tick(1);
  assert.deepEqual(await connection.close, { code: 4000, reason: 'asked to leave' });
  await settled();
  t.mock.timers.tick(4999); // both have all of their time anew
  const two = await server.next();
  two.accept();
  await two.frame();
  two.welcome({ status: 'resumed', rx: 1 });
  for (const [name, value] of [['first', 1], ['second', 2]]) {
    const f = await two.frame(INVOKE);
    assert.equal(f.name, name);
    two.item(f.stream, value, true);
  }
  two.item(1, 'done', true);
  assert.deepEqual([await before, await first, await second], ['done', 1, 2]);
});

test('a call that no connection comes for ends in time, counted from the loss behind GOAWAY', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, connection } = await start(t, { maxWait: 5000 });
  connection.send(fields(GOAWAY, 0, [4000, 0, 2 ** 31 - 1]));
  let failed;
  agent.invoke('x').catch((error) => (failed = error));
  await settled();
  t.mock.timers.tick(4000);
  connection.drop(1006);
  await settled();
  t.mock.timers.tick(4999);
  await settled();
  assert.equal(failed, undefined);
  t.mock.timers.tick(1);
  await settled();
  assert.deepEqual([failed.code, failed.mayHaveRun], ['UNAVAILABLE', false]);
});

test('a call behind GOAWAY for good ends in time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, connection } = await start(t, { maxWait: 5000 });
  connection.send(fields(GOAWAY, 0, [4503, 60000, 0]));
  const call = agent.invoke('x');
  const failed = assert.rejects(async () => call, { code: 'UNAVAILABLE', mayHaveRun: false, message: /asked to leave/ });
  await settled();
  t.mock.timers.tick(5000);
  await failed;
  assert.ok(agent.connected);
});

test('a session with a frame that could not be processed is left, and its calls end', async (t) => {
  const { server, agent, connection } = await start(t);
  const [call, again] = [agent.invoke('x', {}, { idempotent: false }), agent.invoke('y', {}, { idempotent: true })];
  const failed = assert.rejects(async () => call, { code: 'SESSION_RESET', mayHaveRun: true });
  await connection.frame(INVOKE);
  await settled();
  connection.received = () => {
    throw new Error('broken');
  };
  connection.send(frame(EVENT, 0, utf8('\x03a')), fields(ACK, 0, [2], [], { end: true }));
  assert.equal((await connection.close).code, 4005);
  const two = await server.welcome({ session: 's2', log: 'l2' });
  assert.equal(two.hello.resume, undefined);
  await failed;
  const f = await two.frame(INVOKE);
  assert.deepEqual([f.stream, f.name], [1, 'y']);
  two.item(1, 'done', true);
  assert.equal(await again, 'done');
});

test('an agent leaves within an hour, and within the time of the server', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(Math, 'random', () => 0.999);
  const { server, connection } = await start(t);
  let one = connection;
  for (const [drain, most] of [[0, 3600000], [2 ** 31 - 1, 3600000], [7000, 7000]]) {
    let closed;
    one.close.then(({ code }) => (closed = code));
    one.send(fields(GOAWAY, 0, [4000, drain, 2 ** 31 - 1]));
    // The server answers pings meanwhile.
    for (let at = 0; at < most && !closed; at += 5000) {
      t.mock.timers.tick(Math.min(5000, most - at));
      one.ack();
      await settled();
    }
    assert.equal(closed, 4000);
    t.mock.timers.tick(1000);
    one = await server.next();
    one.accept();
    await one.frame();
    one.welcome({ status: 'resumed' });
  }
});

test('an agent that is told to go for good goes when the time of the server has passed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, connection } = await start(t);
  const closed = event(agent, 'closed');
  const call = agent.invoke('x');
  await connection.frame(INVOKE);
  connection.send(fields(GOAWAY, 0, [4503, 10000, 0]));
  await settled();
  t.mock.timers.tick(9999);
  assert.ok(agent.connected);
  t.mock.timers.tick(5001);
  assert.equal((await connection.close).code, 4000);
  assert.equal((await closed).error.closeCode, 4503);
  await assert.rejects(async () => call, { code: 'UNAVAILABLE', mayHaveRun: true });
});

test('a call that is held back ends in time, although the server does not say whether it may run twice', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { server, agent, connection } = await start(t);
  const call = agent.invoke('pay');
  const failed = assert.rejects(async () => call, { code: 'SESSION_RESET', mayHaveRun: true });
  await connection.frame(INVOKE);
  connection.drop(1006);
  await settled();
  t.mock.timers.tick(5);
  const two = await server.next();
  two.accept();
  await two.frame();
  two.welcome({ status: 'reset', session: 's2', log: 'l2' });
  const asked = await two.frame(INVOKE);
  assert.equal(asked.alias, 3);
  t.mock.timers.tick(30000);
  await failed;
  assert.equal((await two.frame(INTERRUPT)).stream, asked.stream);
});

test('items of several kinds are no result', async (t) => {
  const { agent, connection } = await start(t);
  const mixes = [[[BYTES, 'ab'], [TEXT, 'cd']], [[TEXT, 'ab'], [DATA, '1']], [[DATA, '1'], [BYTES, 'ab']]];
  for (const mix of mixes) {
    for (const awaited of [true, false]) {
      const call = agent.invoke('x');
      const rejected = () => assert.rejects(async () => call, { code: 'INTERNAL', mayHaveRun: true, message: /several kinds/ });
      const early = awaited && rejected();
      const { stream } = await connection.frame(INVOKE);
      await settled();
      for (const [type, text] of mix) connection.send(frame(type, stream, utf8(text)));
      connection.send(frame(DATA, stream, utf8(''), { end: true })); // which is no item
      await (early || rejected());
    }
  }
  const whole = agent.invoke('x');
  const { stream } = await connection.frame(INVOKE);
  connection.send(frame(TEXT, stream, utf8('ab')), frame(TEXT, stream, utf8('cd')), frame(DATA, stream, utf8(''), { end: true }));
  assert.equal(await whole, 'abcd');
});

test('a call that was cancelled keeps no arguments, and there are not too many of them', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const encoded = [];
  const codec = { ...json, encode: (value, keys) => {
    const bytes = json.encode(value, keys);
    if (value.pad) encoded.push(new WeakRef(bytes));
    return bytes;
  } };
  const { agent, connection } = await start(t, { codec, welcome: { streams: 2 ** 31 - 1 } });
  for (let i = 0; i < 10001; i++) {
    const call = agent.invoke('x', i ? {} : { pad: 'x'.repeat(1000) });
    call.catch(() => {});
    if (i === 10000) break;
    const { stream } = await connection.frame(INVOKE);
    assert.equal(stream, 2 * i + 1);
    call.cancel();
    await connection.frame(INTERRUPT);
    connection.ack();
  }
  await settled();
  assert.deepEqual(connection.unread, []);
  gc();
  assert.equal(encoded[0].deref(), undefined);
  connection.send(fields(ERROR, 1, [1, 0]));
  assert.equal((await connection.frame(INVOKE)).stream, 20001);
});

test('frames that were made for larger messages go out after a resume', async (t) => {
  const { server, agent, connection } = await start(t, { welcome: { window: 32768 } });
  const call = agent.invoke('x', { pad: 'x'.repeat(100000) });
  await connection.frame(PART);
  connection.drop(1006);
  const two = await server.next();
  two.accept();
  await two.frame();
  two.welcome({ status: 'resumed', window: 32768, message: 8192, frame: 8192 });
  for (let f; f?.type !== INVOKE;) {
    f = await two.frame();
    if (f.number) two.ack();
  }
  two.item(1, 'ok', true);
  assert.equal(await call, 'ok');
});
