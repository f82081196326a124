import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbor } from '../src/cbor.js';
import { connect, json } from '../src/full.js';
import { explain } from '../src/trace.js';
import { FakeServer } from './fake.mjs';
import { startServer } from './server.mjs';
import WebSocket from 'ws';

for (const codec of [json, cbor]) {
  test(`frames are explained, and tokens are not shown (${codec.token})`, async () => {
    const server = new FakeServer({ codec });
    const frames = [];
    const agent = connect('ws://fake/', { codec, token: 'secret-1', WebSocket: server.WebSocket, backoff: { base: 1, cap: 1 }, trace: (frame) => frames.push(explain(frame, codec)) });
    const one = await server.welcome({ token: 'secret-2' });
    assert.equal(one.hello.auth, 'secret-1');
    const call = agent.invoke('a', { n: 1 });
    await one.frame(8);
    one.drop();
    const two = await server.next();
    two.accept();
    await two.frame();
    assert.equal(two.hello.resume.token, 'secret-2');
    two.number = 0;
    two.welcome({ status: 'resumed', rx: 0, next: 1 });
    await two.frame(8);
    two.item(1, 'x', true);
    assert.equal(await call, 'x');
    const closing = agent.close();
    two.drop(1000);
    await closing;
    assert.doesNotMatch(JSON.stringify(frames), /secret/);
    assert.deepEqual(frames.map(({ type }) => type), ['HELLO', 'WELCOME', 'INVOKE', 'HELLO', 'WELCOME', 'INVOKE', 'ACK', 'DATA', 'GOAWAY']);
    const [, , invoke, , , again, , data] = frames;
    assert.deepEqual([invoke.out, invoke.number, invoke.stream, invoke.name, invoke.payload, invoke.replayed], [true, 1, 1, 'a', { n: 1 }, false]);
    assert.deepEqual([again.number, again.replayed, again.size], [1, true, invoke.size]);
    assert.deepEqual([data.out, data.number, data.end, data.payload], [false, 1, true, 'x']);
  });
}

test('`await using` closes the agent', async () => {
  const server = await startServer({ a: { run: ({ value }) => value(1) } });
  const agent = connect(server.uri, { WebSocket });
  assert.equal(await agent.invoke('a'), 1);
  await agent[Symbol.asyncDispose]();
  await assert.rejects(async () => agent.invoke('a'), { code: 'CANCELLED' });
  await server.close();
});

test('a server behind a refused upgrade is told by its status, where that can be seen', async () => {
  const { createServer } = await import('node:http');
  const http = createServer();
  let upgrades = 0;
  http.on('upgrade', (request, socket) => socket.end(`HTTP/1.1 ${upgrades++ ? '403 Forbidden' : '503 Busy\r\nRetry-After: 0'}\r\nContent-Length: 0\r\n\r\n`));
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  const agent = connect(`http://127.0.0.1:${http.address().port}/`, { WebSocket, backoff: { base: 1, cap: 1 }, headers: { 'X-Tenant': 'acme' } });
  await assert.rejects(agent.ready(), { code: 'UNAVAILABLE', status: 403 });
  assert.equal(upgrades, 2);
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});
