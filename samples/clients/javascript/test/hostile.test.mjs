import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connect } from '../src/full.js';
import { connect as connectCore } from '../src/index.js';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';
import { FakeServer, fields, frame, message } from './fake.mjs';
import { CREDIT, DATA, DEFINE, ERROR, EVENT, GOAWAY, INTERRUPT, INVOKE, PART, TEXT, WELCOME } from '../src/numbers.js';

const hex = (digits) => Uint8Array.from(Buffer.from(digits, 'hex'));
const utf8 = (text) => new TextEncoder().encode(text);
const quiet = { onError() {}, backoff: { base: 1, cap: 5 } };

/** Sends what a bad server sends, and gives what becomes of the agent. */
async function outcome(codec, bad, options) {
  const server = new FakeServer({ codec });
  const agent = connect('ws://fake/', { ...quiet, codec, WebSocket: server.WebSocket, ...options });
  const closed = new Promise((resolve) => agent.addEventListener('closed', ({ detail }) => resolve(detail.error)));
  const connection = await server.welcome();
  const call = agent.invoke('test.items', {}, { prefetch: 1, items: true });
  const failed = Promise.resolve(call).then((value) => ({ value }), (error) => error);
  await connection.frame(INVOKE);
  await bad(connection);
  return { server, agent, connection, closed, failed };
}

async function closes(code, bad, codec = json) {
  const { agent, connection, closed, failed } = await outcome(codec, bad);
  assert.equal((await connection.close).code, code);
  if (code < 4500) await agent.close();
  if (code >= 4500) {
    assert.equal((await closed).closeCode, code);
    const error = await failed;
    assert.deepEqual([error.code, error.closeCode], ['UNAVAILABLE', code]);
  }
}

for (const [name, open] of Object.entries({ core: connectCore, full: connect })) test(`invalid vectors for clients, ${name}`, () => invalidVectors(open));

async function invalidVectors(open) {
  const { vectors } = JSON.parse(readFileSync(new URL('../../../../docs/vectors/invalid.json', import.meta.url)));
  let tried = 0;
  for (const { id, context, codec: name, messages, outcome: expected } of vectors.filter((vector) => vector.context.startsWith('client'))) {
    for (const codec of { cbor: [cbor], json: [json], any: [cbor, json] }[name]) {
      tried++;
      const server = new FakeServer({ codec });
      const agent = open('ws://fake/', { ...quiet, codec, WebSocket: server.WebSocket });
      const connection = await server.next();
      connection.accept();
      await connection.frame();
      if (context !== 'client-greeting') connection.welcome({ session: 's-1', token: 't-1', log: 'l-1' });
      const call = context === 'client-stream-1-open' && agent.invoke('test.items', {}, { prefetch: 1, items: open === connect });
      call && call[Symbol.asyncIterator]();
      if (call) await connection.frame(INVOKE);
      for (const { hex: digits } of messages) connection.raw(hex(digits));
      if (expected.kind === 'close') assert.equal((await connection.close).code, expected.code, id);
      else {
        const error = await connection.frame(ERROR);
        assert.deepEqual([error.stream, error.code], [expected.stream, expected.code], id);
      }
      const closing = agent.close();
      connection.drop(1000);
      await closing;
    }
  }
  assert.ok(tried >= 20);
}

const rules = {
  'a text message': [4500, (c) => c.raw('hello')],
  'an empty message': [4500, (c) => c.raw(hex(''))],
  'a message beyond the limit': [4505, (c) => c.raw(new Uint8Array(65537))],
  'a giant length': [4505, (c) => c.raw(hex('4a01ffffffff07'))],
  'a length beyond the message': [4500, (c) => c.raw(hex('4a010531'))],
  'a reserved type': [4500, (c) => c.raw(hex('8000'))],
  'wrong parity': [4500, (c) => c.invoke(3, 'a', {})],
  'a stream that goes back': [4500, (c) => (c.invoke(4, 'a', {}), c.invoke(2, 'a', {}))],
  'an item of a stream that was never opened': [4500, (c) => c.item(99, 1)],
  'an item of a stream of its own that was never opened': [4500, (c) => c.item(2, 1)],
  'INTERRUPT of the callee': [4500, (c) => c.send(fields(INTERRUPT, 1, [0]))],
  'CREDIT 0': [4500, (c) => c.send(fields(CREDIT, 1, [0]))],
  'too much credit': [4500, (c) => (c.send(fields(CREDIT, 1, [2 ** 53 - 1])), c.send(fields(CREDIT, 1, [2 ** 53 - 1])))],
  'ERROR 0': [4500, (c) => c.send(fields(ERROR, 1, [0, 0]))],
  'an item without payload': [4500, (c) => c.send(frame(DATA, 1, utf8('')))],
  'a text without payload': [4500, (c) => c.send(frame(TEXT, 1, utf8('')))],
  'a PART without bytes': [4500, (c) => c.send(frame(PART, 1, utf8('')))],
  'an event on an alias that is not bound': [4500, (c) => c.send(fields(EVENT, 0, [40]))],
  'an alias that changes its name': [4500, (c) => c.send(fields(DEFINE, 0, [16, 1], utf8('a')), fields(DEFINE, 0, [16, 1], utf8('b')))],
  'a reserved alias with a name': [4500, (c) => c.send(fields(DEFINE, 0, [7, 1], utf8('a')))],
  'a descriptor that is no map': [4500, (c) => c.send(fields(DEFINE, 0, [16, 1], utf8('a[1]')))],
  'too many aliases': [4505, (c) => {
    for (let i = 0; i < 1025; i++) c.send(fields(DEFINE, 0, [16 + i, 4], utf8(String(1000 + i).slice(-4))));
  }],
  'a PART on stream 0 without end': [4505, (c) => {
    for (let i = 0; i < 130; i++) {
      c.send(frame(PART, 0, new Uint8Array(10000)));
    }
  }],
  'an ACK of what was never sent': [4003, (c) => c.send(fields(2, 0, [50]))],
  'an ACK that goes back': [4003, (c) => c.send(fields(2, 0, [1]), fields(2, 0, [0]))],
  'a wrong tx': [4003, (c) => c.send(fields(2, 0, [1, 9]))],
};
for (const [name, [code, bad]] of Object.entries(rules)) test(`${name} closes with ${code}`, () => closes(code, bad));

test('more than the window closes with 4500', async () => {
  // A receiver acknowledges behind a message, so one alone breaks the rule. Its last frame has no length, which is 2 bytes less.
  const event = (size) => frame(EVENT, 0, Uint8Array.from([3, 101, ...json.encode('x'.repeat(size - 7))]));
  for (const [last, breaks] of [[4098, false], [4099, true]]) {
    const server = new FakeServer();
    const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket, limits: { window: 32768 } });
    const connection = await server.welcome();
    const events = [...Array(8).fill(event(4096)), event(last)];
    assert.equal(events.reduce((sum, { size }) => sum + size, 0), 32768 + last);
    connection.send(...events);
    if (breaks) assert.equal((await connection.close).code, 4500);
    else assert.equal((await connection.frame(2)).rx, 9);
    const closing = agent.close();
    connection.drop(1000);
    await closing;
  }
});

const streams = {
  'an item that cannot be decoded': ['INVALID_ARGUMENT', 3, (c) => c.send(frame(DATA, 1, hex('ff')))],
  'a text that is no UTF-8': ['INVALID_ARGUMENT', 3, (c) => c.send(frame(TEXT, 1, hex('ff')))],
  'PARTs without end': ['TOO_LARGE', 36, (c) => {
    for (let i = 0; i < 110; i++) c.send(frame(PART, 1, new Uint8Array(10000)));
  }],
};
for (const [name, [code, number, bad]] of Object.entries(streams)) {
  test(`${name}: the call ends, the connection stays`, async () => {
    const { agent, connection, failed } = await outcome(json, bad);
    assert.equal((await connection.frame(ERROR)).code, number);
    assert.equal((await failed).code, code);
    const call = agent.invoke('next');
    const { stream } = await connection.frame(INVOKE);
    connection.item(stream, 1, true);
    assert.equal(await call, 1);
    const closing = agent.close();
    connection.drop(1000);
    await closing;
  });
}

test('items that nobody reads do not fill the memory', async () => {
  const server = new FakeServer({ codec: cbor });
  const agent = connect('ws://fake/', { ...quiet, codec: cbor, WebSocket: server.WebSocket, limits: { buffer: 1000000 } });
  const connection = await server.welcome();
  const call = agent.invoke('flood', {}, { prefetch: 1000 });
  const items = call[Symbol.asyncIterator]();
  await connection.frame(INVOKE);
  for (let i = 0; i < 200; i++) connection.send(frame(11, 1, new Uint8Array(10000)));
  assert.equal((await connection.frame(ERROR)).code, 8);
  for (let i = 0; i < 100; i++) assert.equal((await items.next()).value.length, 10000);
  await assert.rejects(items.next(), { code: 'RESOURCE_EXHAUSTED', message: /smaller prefetch/ });
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('events that nobody reads do not fill the memory', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket, limits: { buffer: 100000 } });
  const [slow, left] = [agent.events('flood'), agent.events('flood')];
  const connection = await server.welcome();
  for (let i = 0; i < 40; i++) connection.send(fields(EVENT, 0, [11], utf8(`flood${JSON.stringify(`${i}`.padEnd(4000))}`)));
  // Both readers share the buffer: what one of them leaves is free again.
  let read = 0;
  await assert.rejects(async () => {
    for await (const { payload } of slow) assert.equal(payload.trim(), `${read++}`);
  }, { code: 'RESOURCE_EXHAUSTED', message: /nobody reads/ });
  assert.ok(read > 10 && read < 14, `${read}`);
  await left.return();
  const fresh = agent.events('flood');
  for (let i = 0; i < 6; i++) connection.send(fields(EVENT, 0, [11], utf8(`flood${JSON.stringify('x'.repeat(15000))}`)));
  for (let i = 0; i < 6; i++) assert.equal((await fresh.next()).value.payload.length, 15000);
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('arguments and items of runs are bounded by the buffer', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket, limits: { buffer: 50000 } });
  const ends = [];
  agent.offer({ name: 'agent.wait', items: {} }, (args, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => ends.push(resolve))));
  const connection = await server.welcome();
  const pad = 'x'.repeat(15000);
  for (const stream of [2, 4, 6]) connection.invoke(stream, 'agent.wait', { pad }, { end: false });
  connection.invoke(8, 'agent.wait', { pad });
  const refused = await connection.frame(ERROR);
  assert.deepEqual([refused.stream, refused.code, refused.flags], [8, 8, 1]);
  for (let i = 0; i < 2; i++) connection.item(2, 'y'.repeat(3000)); // the second one leaves no room
  assert.deepEqual(await connection.frame(ERROR).then(({ stream, code }) => [stream, code]), [2, 8]);
  // A handler that was stopped and goes on all the same holds its arguments; it gives them back when it ends.
  connection.invoke(10, 'agent.wait', { pad });
  assert.equal((await connection.frame(ERROR)).stream, 10);
  for (const end of ends.splice(0)) end();
  await new Promise(setImmediate);
  connection.invoke(12, 'agent.wait', { pad });
  connection.send(fields(INTERRUPT, 12, [0]));
  assert.deepEqual(await connection.frame(ERROR).then(({ stream, code }) => [stream, code]), [12, 1]);
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('handlers that go on although they were stopped are bounded like streams', async () => {
  const server = new FakeServer();
  const agent = connectCore('ws://fake/', { ...quiet, WebSocket: server.WebSocket, limits: { streams: 3 }, onAsk: () => new Promise(() => {}) });
  const connection = await server.welcome();
  for (const stream of [2, 4, 6, 8, 10]) {
    connection.invoke(stream, 'as.ask', { prompt: 'Which?' });
    connection.send(fields(INTERRUPT, stream, [0]));
    assert.deepEqual(await connection.frame(ERROR).then(({ stream: id, code }) => [id, code]), [stream, stream < 10 ? 1 : 8]);
  }
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('a text without end does not fill the memory', async () => {
  const { agent, connection, failed } = await outcome(json, () => {});
  const text = agent.invoke('text');
  const result = assert.rejects(async () => text, { code: 'TOO_LARGE' });
  const { stream } = await connection.frame(INVOKE);
  for (let i = 0; i < 120; i++) connection.send(frame(TEXT, stream, utf8('x'.repeat(10000)))), await new Promise(setImmediate);
  await result;
  assert.equal((await connection.frame(INTERRUPT)).stream, stream);
  failed.catch(() => {});
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('a server that never answers HELLO is left', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket, connectTimeout: 10 });
  const one = await server.next();
  one.accept();
  assert.equal((await one.close).code, 4001);
  const two = await server.next(); // one that does not even open
  assert.equal((await two.close).code, 4001);
  await agent.close();
});

test('a server that chooses another sub-protocol is left', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket });
  const one = await server.next();
  one.accept('');
  assert.equal((await one.close).code, 4500);
  await assert.rejects(agent.ready(), { closeCode: 4500, message: /sub-protocol/ });
});

test('WELCOME is checked', async () => {
  const bad = [{ keepalive: 1 }, { window: 1 }, { frame: 70000, message: 65536 }, { window: 32768, frame: 20000 }, { session: '' + 'x'.repeat(65) }, { rx: -1 },
    { rx: 1.5 }, { next: 0 }, { catalog: [] }, { catalog: { hash: 'x'.repeat(33) } }, { server: 'me' }, { items: null }, { streams: 2 ** 31 },
    { expires: -1 }, { expires: 'soon' }, { expires: 2 ** 31 }];
  for (const codec of [json, cbor]) {
    for (const map of bad) {
      const server = new FakeServer({ codec });
      const agent = connect('ws://fake/', { ...quiet, codec, WebSocket: server.WebSocket });
      const connection = await server.welcome(map);
      assert.equal((await connection.close).code, 4500, JSON.stringify(map));
      await agent.close();
    }
  }
});

test('random bytes never do more than close the connection', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  let state = seed;
  const random = (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
  const seeds = ['4c0109a108a164646f6e650101', '480101', '2211100f776561746865722e63757272656e7449', '410102', '7a0003010203', '110000', '64010c7b2239223a226f6f7073227d0d00', '1a04000000', '68010102'];
  try {
    for (let round = 0; round < 400; round++) {
      const codec = random(2) ? cbor : json;
      const server = new FakeServer({ codec });
      const errors = [];
      const agent = connect('ws://fake/', { ...quiet, codec, WebSocket: server.WebSocket, onError: (text, error) => errors.push([text, error]) });
      agent.offer('a', async function* (args) {
        yield args;
      });
      const connection = await server.welcome();
      const call = agent.invoke('x', {}, { items: true });
      call.catch(() => {});
      for (let i = 0; i < 30; i++) {
        const bytes = random(3) ? hex(seeds[random(seeds.length)]) : new Uint8Array(random(40)).map(() => random(256));
        for (let flips = random(4); flips > 0 && bytes.length; flips--) bytes[random(bytes.length)] = random(256);
        connection.raw(bytes);
      }
      for (const [text, error] of errors) {
        if (text === 'A message could not be processed') throw error;
      }
      const closing = agent.close();
      server.connections.at(-1).drop(1000);
      await closing;
    }
  } catch (error) {
    error.message += ` (FUZZ_SEED=${seed})`;
    throw error;
  }
});

test('a goodbye of the server that is final is final', async () => {
  const { connection, closed } = await outcome(json, (c) => c.send(fields(GOAWAY, 0, [4503, 10, 10], utf8('bye'))));
  connection.drop(1006);
  assert.equal((await closed).closeCode, 4503);
});

test('WELCOME twice', () => closes(4500, (c) => c.send(frame(WELCOME, 0, json.encode({ status: 'new', session: 's', token: 't', log: 'l' })))));
void message;

test('a server that asks and acknowledges nothing is left', async () => {
  const { agent, connection } = await outcome(json, (c) => {
    for (let i = 1; i < 11000; i++) c.invoke(i * 2, 'nobody', { pad: 'x'.repeat(300) });
  });
  assert.equal((await connection.close).code, 4002);
  await agent.close();
});

test('listeners that fail do no harm', async () => {
  const errors = [];
  const broken = () => {
    throw new Error('broken');
  };
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket, trace: broken, onError: (text) => errors.push(text) });
  agent.on('e', broken);
  const connection = await server.welcome();
  const call = agent.invoke('a', {}, { onProgress: broken });
  const { stream } = await connection.frame(INVOKE, 3);
  connection.send(fields(EVENT, 0, [3], utf8('e')), frame(DATA, stream, utf8('1'), { end: true, metadata: json.encode({ 8: [1, null, null] }) }));
  assert.equal(await call, 1);
  assert.ok(errors.length > 4);
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('limits of the server beyond all measure do no harm', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { ...quiet, WebSocket: server.WebSocket });
  const most = 2 ** 31 - 1;
  const connection = await server.welcome({ keepalive: most, ttl: most, window: most, message: most, frame: 2 ** 30 - 1, item: most, items: 2 ** 53 - 1, streams: most, aliases: most });
  const call = agent.invoke('a', { text: 'x'.repeat(3000000) });
  call.catch(() => {});
  await connection.frame(PART);
  await new Promise(setImmediate);
  const held = connection.unread.reduce((sum, { size }) => sum + size, 0);
  assert.ok(held < 1100000, `${held}`);
  assert.ok(connection.unread.every(({ size }) => size <= 65536));
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});
