import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect as connectToCall } from '../src/calls.js';
import { connect } from '../src/index.js';
import { FakeServer, fields } from './fake.mjs';
import { DEFINE, ERROR, INTERRUPT, INVOKE } from '../src/numbers.js';

/** An agent whose server says when its token expires; `tokens` are given one after another. Time passes with `pass`, or until something is there. */
async function welcomed(t, map, tokens, body, connecting = connect) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pass = (ms) => (t.mock.timers.tick(ms), new Promise(setImmediate));
  const until = async (promise) => {
    let there;
    promise.finally(() => (there = true));
    while (!there) await pass(5);
    return promise;
  };
  const server = new FakeServer();
  const given = [...tokens];
  const agent = connecting('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, token: () => given.shift() });
  const connection = await server.welcome(map);
  try {
    await body({ agent, connection, server, given, pass, until });
  } finally {
    const closing = agent.close();
    server.connections.at(-1).drop(1000);
    await closing;
  }
}

test('another token is shown before the first one expires, again and again', (t) => welcomed(t, { expires: 10000 }, ['first', 'second', 'third'], async ({ agent, connection, server, given, pass, until }) => {
  assert.equal(connection.hello.auth, 'first');
  for (const token of ['second', 'third']) {
    await pass(6999);
    assert.equal(connection.unread.filter(({ type }) => type === INVOKE).length, 0);
    const f = await until(connection.frame(INVOKE));
    assert.equal(f.alias, 6);
    assert.deepEqual(connection.payload(f), { token });
    connection.item(f.stream, token === 'second' ? { expires: 10000 } : {}, true);
    await pass(0);
  }
  const call = agent.invoke('next');
  connection.item((await connection.frame(INVOKE)).stream, 1, true);
  assert.equal(await call, 1);
  assert.deepEqual([server.connections.length, given], [1, []]);
}));

test('a server that always says "at once" gets one renewal a second', (t) => welcomed(t, { expires: 1 }, ['first', 'second', 'third'], async ({ connection, pass }) => {
  for (const token of ['second', 'third']) {
    await pass(999);
    assert.deepEqual(connection.unread, []);
    await pass(1);
    const f = await connection.frame(INVOKE);
    assert.deepEqual(connection.payload(f), { token });
    connection.item(f.stream, { expires: 1 }, true);
    await pass(0);
  }
}));

test('a token that the server does not take changes nothing, and the next connection has another one', (t) => welcomed(t, { expires: 10 }, ['first', 'bad', 'third'], async ({ connection, server, until }) => {
  const { stream } = await until(connection.frame(INVOKE));
  connection.send(fields(ERROR, stream, [16, 0]));
  connection.drop(4501);
  const next = await until(server.welcome({ status: 'resumed', rx: 1, next: 2 }));
  assert.equal(next.hello.auth, 'third');
}));

test('a connection that is lost stops the renewal', (t) => welcomed(t, { expires: 10 }, ['first', 'second', 'third'], async ({ agent, connection, server, until }) => {
  const { stream } = await until(connection.frame(INVOKE));
  connection.drop();
  const next = await until(server.welcome({ status: 'resumed', rx: 1, next: 1 }));
  assert.equal((await next.frame(INTERRUPT)).stream, stream);
  const call = agent.invoke('next');
  next.item((await next.frame(INVOKE)).stream, 1, true);
  assert.equal(await call, 1);
}));

for (const [what, map, token, connecting] of [
  ['that does not expire', {}, () => 'one'], ['that cannot change', { expires: 1000 }, 'one'],
  ['of the entry for calls', { expires: 1000 }, () => 'one', connectToCall],
]) {
  test(`a token ${what} is not renewed`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const server = new FakeServer();
    const agent = (connecting ?? connect)('ws://fake/', { WebSocket: server.WebSocket, token });
    const connection = await server.welcome(map);
    t.mock.timers.tick(1000);
    await new Promise(setImmediate);
    assert.deepEqual(connection.unread, []);
    const closing = agent.close();
    connection.drop(1000);
    await closing;
  });
}

test('the server may announce a reserved alias by its name, and by no other', (t) => welcomed(t, {}, ['first'], async ({ connection, agent }) => {
  const define = (name) => connection.send(fields(DEFINE, 0, [6, name.length], new TextEncoder().encode(name)));
  define('as.authenticate');
  const call = agent.invoke('next');
  connection.item((await connection.frame(INVOKE)).stream, 1, true);
  assert.equal(await call, 1);
  define('as.other');
  assert.equal((await connection.close).code, 4500);
}));
