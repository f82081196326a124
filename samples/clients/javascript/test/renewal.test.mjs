import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect as connectToCall } from '../src/calls.js';
import { connect } from '../src/index.js';
import { FakeServer, fields } from './fake.mjs';
import { DEFINE, ERROR, INTERRUPT, INVOKE } from '../src/numbers.js';

/** An agent whose server says when its token expires; `tokens` are given one after another. */
async function welcomed(map, tokens, body, connecting = connect) {
  const server = new FakeServer();
  const given = [...tokens];
  const agent = connecting('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, token: () => given.shift() });
  const connection = await server.welcome(map);
  try {
    await body({ agent, connection, server, given });
  } finally {
    const closing = agent.close();
    server.connections.at(-1).drop(1000);
    await closing;
  }
}

test('another token is shown before the first one expires, again and again', () => welcomed({ expires: 40 }, ['first', 'second', 'third'], async ({ agent, connection, server, given }) => {
  assert.equal(connection.hello.auth, 'first');
  for (const token of ['second', 'third']) {
    const f = await connection.frame(INVOKE);
    assert.equal(f.alias, 6);
    assert.deepEqual(connection.payload(f), { token });
    connection.item(f.stream, token === 'second' ? { expires: 40 } : {}, true);
  }
  const call = agent.invoke('next');
  connection.item((await connection.frame(INVOKE)).stream, 1, true);
  assert.equal(await call, 1);
  assert.deepEqual([server.connections.length, given], [1, []]);
}));

test('a token that the server does not take changes nothing, and the next connection has another one', () => welcomed({ expires: 10 }, ['first', 'bad', 'third'], async ({ connection, server }) => {
  const { stream } = await connection.frame(INVOKE);
  connection.send(fields(ERROR, stream, [16, 0]));
  connection.drop(4501);
  const next = await server.welcome({ status: 'resumed', rx: 1, next: 2 });
  assert.equal(next.hello.auth, 'third');
}));

test('a connection that is lost stops the renewal', () => welcomed({ expires: 10 }, ['first', 'second', 'third'], async ({ agent, connection, server }) => {
  const { stream } = await connection.frame(INVOKE);
  connection.drop();
  const next = await server.welcome({ status: 'resumed', rx: 1, next: 1 });
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

test('the server may announce a reserved alias by its name, and by no other', () => welcomed({}, ['first'], async ({ connection, agent }) => {
  const define = (name) => connection.send(fields(DEFINE, 0, [6, name.length], new TextEncoder().encode(name)));
  define('as.authenticate');
  const call = agent.invoke('next');
  connection.item((await connection.frame(INVOKE)).stream, 1, true);
  assert.equal(await call, 1);
  define('as.other');
  assert.equal((await connection.close).code, 4500);
}));
