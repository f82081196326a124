import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentError, connect } from '../src/full.js';
import { cbor } from '../src/cbor.js';
import { FakeServer, fields, frame } from './fake.mjs';
import { ACK, BYTES, CREDIT, DATA, DEFINE, ERROR, GOAWAY, INTERRUPT, INVOKE, PART, TEXT } from '../src/numbers.js';

const FAST = { backoff: { base: 1, cap: 5 } };
const utf8 = (text) => new TextEncoder().encode(text);

/** An agent and its connection, for each codec. */
function both(name, body, options = {}) {
  for (const codec of [undefined, cbor]) {
    test(`${name} (${codec ? 'cbor' : 'json'})`, async () => {
      const server = new FakeServer({ codec });
      const agent = connect('ws://fake/agentsocket', { ...FAST, codec, WebSocket: server.WebSocket, ...options });
      try {
        await body({ server, agent, connection: await server.welcome(options.map) });
      } finally {
        const closing = agent.close();
        server.connections.at(-1).drop(1000);
        await closing;
      }
    });
  }
}

const fails = (promise, details) => assert.rejects(async () => promise, (error) => {
  assert.ok(error instanceof AgentError, error);
  for (const key of Object.keys(details)) assert.deepEqual(error[key], details[key], key);
  return true;
});

both('a call gives its value', async ({ agent, connection }) => {
  const call = agent.invoke('weather.current', { city: 'Ulm' });
  const invoke = await connection.frame(INVOKE);
  assert.equal(invoke.name, 'weather.current');
  assert.equal(invoke.end, true);
  assert.equal(invoke.stream, 1);
  assert.deepEqual(connection.payload(invoke), { city: 'Ulm' });
  connection.item(1, { temp: 21.5 }, true);
  assert.deepEqual(await call, { temp: 21.5 });
});

both('a call of an action that returns nothing gives undefined', async ({ agent, connection }) => {
  const call = agent.invoke('nothing');
  await connection.frame(INVOKE);
  connection.send(frame(DATA, 1, utf8(''), { end: true }));
  assert.equal(await call, undefined);
});

both('an alias replaces the name, and the name comes back when the alias is gone', async ({ agent, connection }) => {
  const first = agent.invoke('a.b');
  await connection.frame(INVOKE);
  connection.send(frame(DEFINE, 0, Uint8Array.from([16, 3, ...utf8('a.b')])), frame(DATA, 1, connection.codec.encode(1), { end: true }));
  assert.equal(await first, 1);
  const second = agent.invoke('a.b');
  assert.equal((await connection.frame(INVOKE)).alias, 16);
  connection.send(fields(ERROR, 3, [34, 1]));
  const again = await connection.frame(INVOKE);
  assert.equal(again.name, 'a.b');
  assert.equal(again.stream, 5);
  connection.item(5, 2, true);
  assert.equal(await second, 2);
});

both('calls by an alias that the server has forgotten are made again by name, unless they may have run', async ({ agent, connection }) => {
  connection.send(fields(DEFINE, 0, [16, 3], utf8('a.b')));
  const [first, second] = [agent.invoke('a.b'), agent.invoke('a.b')];
  for (const stream of [1, 3]) assert.deepEqual(await connection.frame(INVOKE).then((f) => [f.stream, f.alias]), [stream, 16]);
  connection.send(fields(ERROR, 1, [34, 1]), fields(ERROR, 3, [34, 1]));
  for (const stream of [5, 7]) {
    assert.deepEqual(await connection.frame(INVOKE).then((f) => [f.stream, f.name]), [stream, 'a.b']);
    connection.item(stream, stream, true);
  }
  assert.deepEqual([await first, await second], [5, 7]);
  connection.send(fields(DEFINE, 0, [17, 3], utf8('a.b')));
  const third = agent.invoke('a.b');
  assert.equal((await connection.frame(INVOKE)).alias, 17);
  connection.send(fields(ERROR, 9, [34, 3]));
  await fails(third, { code: 'UNKNOWN_ALIAS', mayHaveRun: true });
});

both('items are read as they come, and credit follows them', async ({ agent, connection }) => {
  const call = agent.invoke('log.tail', {}, { prefetch: 2 });
  const items = call[Symbol.asyncIterator]();
  assert.equal((await connection.frame(INVOKE)).meta[7], 2);
  connection.item(1, 'a');
  connection.item(1, 'b');
  assert.equal(connection.unread.length, 0);
  assert.deepEqual(await items.next(), { done: false, value: 'a' });
  assert.equal((await connection.frame(CREDIT)).items, 1);
  connection.item(1, 'c', true);
  assert.deepEqual(await items.next(), { done: false, value: 'b' });
  assert.deepEqual(await items.next(), { done: false, value: 'c' });
  assert.deepEqual(await items.next(), { done: true, value: undefined });
});

both('text and bytes are put together when they are awaited', async ({ agent, connection }) => {
  const story = agent.invoke('text').then((text) => text);
  const file = agent.invoke('bytes').then((bytes) => bytes);
  await connection.frame(INVOKE, 3);
  connection.send(frame(TEXT, 1, utf8('The ')), frame(TEXT, 1, utf8('end'), { end: true }));
  connection.send(frame(BYTES, 3, Uint8Array.of(1)), frame(BYTES, 3, Uint8Array.of(2)), frame(BYTES, 3, Uint8Array.of(), { end: true }));
  assert.equal(await story, 'The end');
  assert.deepEqual(await file, Uint8Array.of(1, 2));
});

both('leaving a loop interrupts the action', async ({ agent, connection }) => {
  const looped = (async () => {
    for await (const item of agent.invoke('endless')) return item;
    return undefined;
  })();
  await connection.frame(INVOKE);
  connection.item(1, 7);
  assert.equal(await looped, 7);
  assert.equal((await connection.frame(INTERRUPT)).mode, 0);
  connection.item(1, 8); // crosses the INTERRUPT
  connection.send(fields(ERROR, 1, [1, 2]));
});

both('an abort signal interrupts the action', async ({ agent, connection }) => {
  const controller = new AbortController();
  const call = agent.invoke('slow', {}, { signal: controller.signal });
  await connection.frame(INVOKE);
  controller.abort(new Error('enough'));
  await fails(call, { code: 'CANCELLED', mayHaveRun: true, text: 'enough' });
  await connection.frame(INTERRUPT);
  await fails(agent.invoke('slow', {}, { signal: controller.signal }), { code: 'CANCELLED', mayHaveRun: false });
});

both('a call that was not sent is dropped without a word', async ({ agent, connection }) => {
  const call = agent.invoke('never');
  call.cancel('changed my mind');
  await fails(call, { code: 'CANCELLED', mayHaveRun: false });
  const next = agent.invoke('next');
  assert.equal((await connection.frame()).name, 'next');
  connection.item(3, 1, true);
  assert.equal(await next, 1);
});

both('a deadline travels, and ends the call on both sides', async ({ agent, connection }) => {
  const call = agent.invoke('slow', {}, { timeout: 20 });
  const invoke = await connection.frame(INVOKE);
  assert.ok(invoke.meta[2] <= 20);
  await fails(call, { code: 'DEADLINE_EXCEEDED', mayHaveRun: true });
  await connection.frame(INTERRUPT);
});

both('an error says what happened', async ({ agent, connection }) => {
  const call = agent.invoke('a', {}, { key: 'k-1' });
  assert.equal((await connection.frame(INVOKE)).meta[4], 'k-1');
  const details = { violations: [{ pointer: '/days', rule: 'Max', message: 'must be less than 14' }], correlation: 'c-1' };
  connection.send(fields(ERROR, 1, [3, 3], utf8('The arguments do not fit'), { metadata: connection.codec.encode({ 9: details }, true) }));
  await fails(call, { code: 'INVALID_ARGUMENT', number: 3, retryable: true, mayHaveRun: true, correlation: 'c-1', violations: details.violations });
  const other = agent.invoke('b');
  await connection.frame(INVOKE);
  connection.send(fields(ERROR, 3, [300, 0], utf8('sold out')));
  await fails(other, { code: 'APPLICATION', number: 300, text: 'sold out', mayHaveRun: false });
});

both('items are delivered before the error that ends them', async ({ agent, connection }) => {
  const call = agent.invoke('a');
  await connection.frame(INVOKE);
  connection.send(frame(DATA, 1, connection.codec.encode(1)), fields(ERROR, 1, [13, 2]));
  const seen = [];
  await fails((async () => {
    for await (const item of call) seen.push(item);
  })(), { code: 'INTERNAL' });
  assert.deepEqual(seen, [1]);
});

both('progress is told', async ({ agent, connection }) => {
  const seen = [];
  const call = agent.invoke('a', {}, { onProgress: (progress) => seen.push(progress) });
  await connection.frame(INVOKE);
  connection.send(frame(DATA, 1, utf8(''), { metadata: connection.codec.encode({ 8: [1.5, null, 'half'] }, true) }));
  connection.send(frame(DATA, 1, connection.codec.encode('x'), { end: true, metadata: connection.codec.encode({ 8: [3, 3, null] }, true) }));
  assert.equal(await call, 'x');
  assert.deepEqual(seen, [{ done: 1.5, total: undefined, description: 'half' }, { done: 3, total: 3, description: undefined }]);
});

both('items of the caller wait for credit', async ({ agent, connection }) => {
  const call = agent.invoke('steer', {}, { items: true });
  const sent = [];
  for (const item of ['louder', { volume: 3 }, Uint8Array.of(1)]) call.send(item).then((queued) => sent.push(queued));
  call.end();
  assert.equal((await connection.frame(INVOKE)).end, false);
  assert.equal((await connection.frame()).type, TEXT);
  assert.equal((await connection.frame()).type, DATA);
  await new Promise(setImmediate);
  assert.deepEqual(connection.unread, []);
  connection.send(fields(CREDIT, 1, [5]));
  assert.deepEqual([...(await connection.frame(BYTES)).payload], [1]);
  const end = await connection.frame();
  assert.deepEqual([end.type, end.end, end.payload.length], [DATA, true, 0]);
  assert.deepEqual(sent, [true, true, true]);
  connection.item(1, 'done', true);
  assert.equal(await call, 'done');
  assert.equal(await call.send('too late'), false);
}, { map: { items: 2 } });

both('an iterable is sent as items', async ({ agent, connection }) => {
  const call = agent.invoke('sum', {}, { items: [1, 2] });
  assert.equal(connection.payload(await connection.frame(DATA)), 1);
  assert.equal(connection.payload(await connection.frame(DATA)), 2);
  assert.equal((await connection.frame(DATA)).end, true);
  connection.item(1, 3, true);
  assert.equal(await call, 3);
});

both('an item without a value is null, and does not end the items', async ({ agent, connection }) => {
  const call = agent.invoke('sum', {}, { items: true });
  call.catch(() => {});
  call.send(undefined);
  const item = await connection.frame(DATA);
  assert.deepEqual([item.end, connection.payload(item)], [false, null]);
});

both('a call is asked to finish', async ({ agent, connection }) => {
  const call = agent.invoke('write');
  await connection.frame(INVOKE);
  call.finish('that will do');
  const interrupt = await connection.frame(INTERRUPT);
  assert.deepEqual([interrupt.mode, interrupt.reason], [1, 'that will do']);
  connection.item(1, 'short', true);
  assert.equal(await call, 'short');
});

both('large payloads go in parts, both ways', async ({ agent, connection }) => {
  const large = 'x'.repeat(40000);
  const call = agent.invoke('echo', { large });
  const pieces = [];
  let f;
  do {
    f = await connection.frame();
    assert.ok(f.size <= 16384);
    pieces.push(...f.payload);
  } while (f.type === PART);
  assert.equal(f.type, INVOKE);
  const bytes = Uint8Array.from(pieces);
  assert.deepEqual(connection.codec.decode(bytes), { large });
  for (let at = 0; at < bytes.length; at += 10000) connection.send(frame(PART, 1, bytes.subarray(at, at + 10000)));
  connection.send(frame(DATA, 1, utf8(''), { end: true }));
  assert.deepEqual(await call, { large });
});

both('more calls than the server takes at once wait for their turn', async ({ agent, connection }) => {
  const calls = [1, 2, 3].map((n) => agent.invoke('a', { n }));
  await connection.frame(INVOKE, 3);
  await new Promise(setImmediate);
  assert.deepEqual(connection.unread, []);
  connection.item(1, 'one', true);
  assert.equal(await calls[0], 'one');
  assert.deepEqual(connection.payload(await connection.frame(INVOKE)), { n: 3 });
}, { map: { streams: 2 } });

both('the window holds frames back until they are acknowledged', async ({ agent, connection }) => {
  const calls = Array.from({ length: 5 }, (_, n) => agent.invoke('a', { text: 'x'.repeat(10000), n }));
  for (const call of calls) call.catch(() => {});
  await connection.frame(INVOKE, 5);
  await new Promise(setImmediate);
  assert.deepEqual(connection.unread, []);
  connection.ack(2);
  await connection.frame(INVOKE, 9);
}, { map: { window: 32768 } });

both('what arrives is acknowledged, at once after 32 frames', async ({ agent, connection }) => {
  const call = agent.invoke('a', {}, { prefetch: 100 });
  await connection.frame(INVOKE);
  for (let i = 0; i < 32; i++) connection.item(1, i);
  const ack = await connection.frame(ACK);
  assert.deepEqual([ack.rx, ack.tx], [32, 1]);
  connection.item(1, 33, true);
  assert.equal(await call, 33);
  assert.equal((await connection.frame(ACK)).rx, 33);
});

both('closing ends the session and what is open', async ({ agent, connection }) => {
  const call = agent.invoke('a');
  await connection.frame(INVOKE);
  const closed = agent.close();
  const bye = await connection.frame(GOAWAY);
  assert.equal(bye.code, 0);
  connection.drop(1000);
  await closed;
  await fails(call, { code: 'CANCELLED', mayHaveRun: true });
  await fails(agent.invoke('a'), { code: 'CANCELLED', mayHaveRun: false });
});

both('a server without actions is not asked', async ({ agent }) => {
  await fails(agent.invoke('a'), { code: 'NOT_FOUND' });
}, { map: { streams: 0 } });

both('what cannot be sent fails by itself', async ({ agent, connection }) => {
  for (const args of [{ n: NaN }, { n: 1n }, { t: '\ud800' }, [1], 7, 'text']) await fails(agent.invoke('a', args), { code: 'INVALID_ARGUMENT', mayHaveRun: false });
  await fails(agent.invoke('a', { t: 'x'.repeat(2000000) }), { code: 'TOO_LARGE' });
  assert.deepEqual(connection.unread, []);
});

both('a call of which only a part was sent is taken back with an error', async ({ agent, connection }) => {
  const call = agent.invoke('a', { text: 'x'.repeat(100000) });
  await connection.frame(PART);
  await new Promise(setImmediate);
  assert.equal(connection.unread.some(({ type }) => type === INVOKE), false);
  call.cancel();
  await fails(call, { code: 'CANCELLED', mayHaveRun: false });
  const error = await connection.frame(ERROR);
  assert.deepEqual([error.stream, error.code], [1, 1]);
  const next = agent.invoke('next');
  connection.ack();
  assert.equal((await connection.frame(INVOKE)).stream, 3);
  connection.item(3, 1, true);
  assert.equal(await next, 1);
}, { map: { window: 32768 } });

both('options that cannot be sent end the call, and nothing else', async ({ agent, connection }) => {
  const wrong = [{ prefetch: Infinity }, { prefetch: NaN }, { prefetch: -1 }, { prefetch: 1.5 }, { key: '' }, { key: 'k'.repeat(65) }, { key: 5 }, { traceparent: 'x'.repeat(2000) }, { traceparent: 5 }];
  for (const options of wrong) await fails(agent.invoke('a.b', {}, options), { code: 'INVALID_ARGUMENT', mayHaveRun: false });
  const call = agent.invoke('a.b', {}, { prefetch: 2 ** 53 - 1, key: 'ä'.repeat(32), timeout: Infinity });
  const { stream } = await connection.frame(INVOKE);
  connection.item(stream, 1, true);
  assert.equal(await call, 1);
});

test('times that no timer holds are long', async () => {
  const agent = connect('ws://fake/agentsocket', { ...FAST, WebSocket: new FakeServer().WebSocket, maxWait: Infinity, connectTimeout: Infinity, refusalTimeout: Infinity });
  let failed;
  agent.invoke('a.b').catch((error) => { failed = error; });
  agent.ready().catch((error) => { failed = error; });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(failed, undefined);
  agent.close();
});

both('a list of items has no more bytes than the buffer', async ({ agent, connection }) => {
  const list = agent.invoke('log.tail').toArray();
  const { stream } = await connection.frame(INVOKE);
  for (let i = 0; i < 4; i++) connection.item(stream, 'x'.repeat(300));
  await fails(list, { code: 'TOO_LARGE' });
  assert.equal((await connection.frame(INTERRUPT)).stream, stream);
}, { limits: { buffer: 1000 } });

both('an alias that is unknown for a call by name ends it', async ({ agent, connection }) => {
  connection.send(fields(DEFINE, 0, [16, 3], utf8('a.b')));
  const call = agent.invoke('a.b');
  for (const name of [undefined, 'a.b']) {
    const f = await connection.frame(INVOKE);
    assert.equal(f.name, name);
    connection.send(fields(DEFINE, 0, [17, 3], utf8('a.b')), fields(ERROR, f.stream, [34, 1]));
  }
  await fails(call, { code: 'UNKNOWN_ALIAS' });
});

test('events that wait to be sent end with the agent', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/agentsocket', { ...FAST, WebSocket: server.WebSocket });
  const connection = await server.welcome();
  await agent.ready();
  const events = Array.from({ length: 30 }, () => agent.publish('a.b', 'x'.repeat(60000))); // the server acknowledges none
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  const closing = agent.close();
  connection.drop(1000);
  await closing;
  const ended = await Promise.allSettled(events);
  assert.ok(ended.some(({ status }) => status === 'rejected'));
  for (const { reason } of ended) assert.ok(!reason || (reason instanceof AgentError && reason.code === 'CANCELLED'), reason);
});
