import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../src/index.js';
import { connect as connectFully } from '../src/full.js';
import { CREDIT, DATA, ERROR, INTERRUPT, INVOKE } from '../src/frames.js';
import { items } from '../src/sending.js';
import { offers } from '../src/offers.js';
import { texts } from '../src/texts.js';
import * as numbers from '../src/texts.js';
import { FakeServer, fields } from './fake.mjs';

/** An agent of the core alone, or with some plug-ins. */
async function core(body, options = {}) {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, ...options });
  const connection = await server.welcome();
  try {
    await body({ agent, connection });
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

test('errors have numbers, and texts with the plug-in for them', () => {
  for (const text of Object.keys(texts)) delete texts[text];
  assert.throws(() => connect([]), { message: '#70' });
  assert.throws(() => connectFully([]), { message: 'This is no address of a WebSocket:' });
  const used = Object.values(numbers).filter((number) => typeof number === 'number');
  assert.equal(new Set(used).size, used.length);
  for (const number of used) assert.ok(texts[number], `there is no text for ${number}`);
  assert.equal(Object.keys(texts).length, used.length);
});
