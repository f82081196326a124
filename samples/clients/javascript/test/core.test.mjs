import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { connect as connectToCall } from '../src/calls.js';
import { connect } from '../src/index.js';
import { connect as connectFully } from '../src/full.js';
import { items } from '../src/sending.js';
import { offers } from '../src/offers.js';
import { texts } from '../src/texts.js';
import * as numbers from '../src/texts.js';
import { FakeServer, fields } from './fake.mjs';
import { CREDIT, DATA, DEFINE, ERROR, EVENT, INTERRUPT, INVOKE, PART } from '../src/numbers.js';

/** An agent of the core alone, or with some plug-ins. */
async function core(body, options = {}, connecting = connect) {
  const server = new FakeServer();
  const agent = connecting('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, ...options });
  const connection = await server.welcome();
  try {
    await body({ agent, connection, server });
  } finally {
    const closing = agent.close();
    server.connections.at(-1).drop(1000);
    await closing;
  }
}

test('what needs a plug-in says which one', () => core(async ({ agent, connection }) => {
  assert.throws(() => agent.offer('a', () => 1), { name: 'TypeError', message: /use: \[offers\].*agentsocket\/offer/ });
  await assert.rejects(async () => agent.invoke('a', {}, { items: [1] }), { code: 'INVALID_ARGUMENT', mayHaveRun: false, text: /use: \[items\].*agentsocket\/items/ });
  assert.deepEqual(connection.unread, []);
}));

test('the core answers questions, and refuses everything else', () => core(async ({ agent, connection }) => {
  const call = agent.invoke('book');
  call.catch(() => {});
  const { stream } = await connection.frame(INVOKE);
  const ask = (id, meta) => connection.send(fields(INVOKE, id, [2], connection.codec.encode({ prompt: 'Which?' }), { end: true, metadata: connection.codec.encode({ 1: stream, 11: 1, ...meta }, true) }));
  ask(2);
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { outcome: 'answer', value: 'Which? This.' });
  ask(4, { 7: 0 });
  await new Promise(setImmediate);
  assert.deepEqual(connection.unread.filter(({ type }) => type === DATA), []);
  connection.send(fields(CREDIT, 4, [1])); // the answer waits for it
  assert.equal((await connection.frame(DATA)).end, true);
  connection.invoke(6, 'as.find', {});
  assert.equal((await connection.frame(ERROR)).code, 5);
  connection.invoke(8, 'anything', {});
  assert.equal((await connection.frame(ERROR)).code, 5);
  connection.send(fields(INVOKE, 10, [60], [], { end: true }));
  assert.equal((await connection.frame(ERROR)).code, 34);
}, { onAsk: ({ prompt, answer }) => answer(`${prompt} This.`) }));

test('a question that is withdrawn is aborted, one that nobody answers in time as well', async () => {
  const reasons = [];
  let asked;
  const first = new Promise((resolve) => {
    asked = resolve;
  });
  await core(async ({ connection }) => {
    connection.invoke(2, 'as.ask', { prompt: 'Which?' });
    await first;
    connection.send(fields(INTERRUPT, 2, [0]));
    assert.equal((await connection.frame(ERROR)).code, 1);
    connection.invoke(4, 'as.ask', { prompt: 'Which?' }, { meta: { 2: 5 } });
    assert.equal((await connection.frame(ERROR)).code, 4);
    assert.deepEqual(reasons, ['CANCELLED', 'DEADLINE_EXCEEDED']);
  }, {
    onAsk: ({ signal }) => new Promise(() => {
      signal.addEventListener('abort', () => reasons.push(signal.reason.code));
      asked();
    }),
  });
});

test('plug-ins are given one by one', () => core(async ({ agent, connection }) => {
  agent.offer('a', () => 7);
  connection.invoke(2, 'a', {});
  assert.equal(connection.payload(await connection.frame(DATA)), 7);
  const call = agent.invoke('sum', {}, { items: [1, 2] });
  const { stream } = await connection.frame(INVOKE);
  await connection.frame(DATA, stream);
  connection.item(stream, 3, true);
  assert.equal(await call, 3);
}, { use: [offers, items] }));

test('the entry for calls calls, refuses what the server calls, and takes no notice of what it announces', () => core(async ({ agent, connection }) => {
  assert.equal(connection.hello.streams, 0);
  const { codec } = connection;
  connection.send(fields(DEFINE, 0, [16, 3], [...Buffer.from('sum'), ...codec.encode({ name: 'sum' })]));
  connection.send(fields(EVENT, 0, [32], codec.encode(1))); // by the alias
  const call = agent.invoke('sum', { of: [1, 2] });
  const { stream, name } = await connection.frame(INVOKE);
  assert.equal(name, 'sum');
  connection.item(stream, 3, true);
  assert.equal(await call, 3);
  connection.invoke(2, 'as.ask', { prompt: 'Which?' });
  assert.equal((await connection.frame(ERROR, 2)).code, 8);
  connection.send(fields(INTERRUPT, 2, [0])); // was sent before it knew
  const items = agent.invoke('count', {}, { prefetch: 2 });
  const { stream: counting } = await connection.frame(INVOKE);
  connection.item(counting, 1);
  connection.item(counting, 2, true);
  assert.deepEqual(await items.toArray(), [1, 2]);
  assert.equal(agent.find, undefined);
}, {}, connectToCall));

for (const [what, frames, code] of [
  ['opens a stream with PART', [fields(PART, 2, [], [1])], 4505],
  ['opens a stream twice', [fields(INVOKE, 2, [3, 97]), fields(INVOKE, 2, [3, 97])], 4500],
  ['opens a stream with an item', [fields(DATA, 2, [], [1])], 4500],
]) {
  test(`the entry for calls closes when the server ${what}`, () => core(async ({ connection }) => {
    for (const frame of frames) connection.send(frame);
    assert.equal((await connection.close).code, code);
  }, {}, connectToCall));
}

test('the entry for calls serves with the plug-in for it, and goes on after a cut and after a reset', () => core(async ({ agent, connection, server }) => {
  assert.equal(connection.hello.streams, 1024);
  agent.offer('a', () => 7);
  connection.invoke(2, 'a', {});
  assert.equal(connection.payload(await connection.frame(DATA)), 7);
  const twice = agent.invoke('twice', {}, { idempotent: true });
  const once = agent.invoke('once');
  await connection.frame(INVOKE);
  await connection.frame(INVOKE);
  connection.drop();
  const next = await server.welcome({ status: 'reset', session: 'other' });
  await assert.rejects(async () => once, { code: 'SESSION_RESET', mayHaveRun: true });
  const { stream, name } = await next.frame(INVOKE);
  assert.equal(name, 'twice');
  next.item(stream, 1, true);
  assert.equal(await twice, 1);
}, { use: [offers] }, connectToCall));

test('errors have numbers, and texts with the plug-in for them', () => {
  for (const text of Object.keys(texts)) delete texts[text];
  assert.throws(() => connect([]), { message: '#70' });
  assert.throws(() => connectFully([]), { message: 'This is no address of a WebSocket:' });
  const used = Object.values(numbers).filter((number) => typeof number === 'number');
  assert.equal(new Set(used).size, used.length);
  for (const number of used) assert.ok(texts[number], `there is no text for ${number}`);
  assert.equal(Object.keys(texts).length, used.length);
});

test('the objects that the parts of agents share are of one kind for V8, and no tables: memory of idle connections', () => {
  setFlagsFromString('--allow-natives-syntax');
  const isFast = new Function('one', 'return %HasFastProperties(one)');
  const areAlike = new Function('one', 'other', 'return %HaveSameMap(one, other)');
  setFlagsFromString('--no-allow-natives-syntax');
  for (const connecting of [connectToCall, connect, connectFully]) {
    const hosts = Array.from({ length: 5 }, () => {
      let host;
      connecting('ws://fake/', { WebSocket: class {}, use: [(of) => (host = of)] }).close();
      return host;
    });
    // The first ones teach V8 which members change.
    assert.ok(isFast(hosts[3]) && areAlike(hosts[3], hosts[4]));
  }
});
