import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { connect } from '../src/full.js';
import { verdict } from '../src/connector.js';
import { FakeServer, fields, frame } from './fake.mjs';
import { ACK, CREDIT, DATA, ERROR, GOAWAY, INVOKE, TEXT } from '../src/numbers.js';

const utf8 = (text) => new TextEncoder().encode(text);
const event = (agent, type) => new Promise((resolve) => agent.addEventListener(type, ({ detail }) => resolve(detail), { once: true }));

/** An agent that comes back within milliseconds. */
function start(options = {}, uri = 'ws://fake/') {
  const server = new FakeServer();
  const agent = connect(uri, { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, ...options });
  return { server, agent };
}

async function stop(agent, server) {
  const closing = agent.close();
  server.connections.at(-1).drop(1000);
  await closing;
}

test('a lost connection is resumed, and nothing is lost or repeated', async () => {
  const { server, agent } = start();
  const one = await server.welcome();
  const call = agent.invoke('text');
  const items = call[Symbol.asyncIterator]();
  await one.frame(INVOKE);
  one.ack();
  one.send(frame(TEXT, 1, utf8('one')));
  const second = agent.invoke('lost');
  await one.frame(INVOKE);
  one.drop();
  const two = await server.next();
  two.accept();
  await two.frame();
  assert.deepEqual(two.hello.resume, { session: 's', token: 't', log: 'l', rx: 1, tx: 2, first: 2, attempt: 1 });
  two.number = 1;
  two.welcome({ status: 'resumed', rx: 1, next: 2, token: 't2' });
  const replayed = await two.frame();
  assert.deepEqual([replayed.type, replayed.name, replayed.number], [INVOKE, 'lost', 2]);
  const ack = await two.frame();
  assert.deepEqual([ack.type, ack.rx, ack.tx], [ACK, 1, 2]);
  two.send(frame(TEXT, 1, utf8(' two')), frame(TEXT, 1, utf8(''), { end: true }));
  two.item(3, 'found', true);
  assert.equal((await items.next()).value, 'one');
  assert.equal((await items.next()).value, ' two');
  assert.equal((await items.next()).done, true);
  assert.equal(await second, 'found');
  two.drop();
  const three = await server.next();
  three.accept();
  await three.frame();
  assert.equal(three.hello.resume.token, 't2');
  assert.deepEqual([three.hello.resume.rx, three.hello.resume.attempt], [4, 1]);
  three.drop();
  const four = await server.next();
  four.accept();
  await four.frame();
  assert.equal(four.hello.resume.attempt, 2);
  await stop(agent, server);
});

test('calls that wait for a connection are sent when there is one', async () => {
  const { server, agent } = start();
  const early = agent.invoke('early');
  const one = await server.welcome();
  assert.equal((await one.frame(INVOKE)).name, 'early');
  one.item(1, 1, true);
  assert.equal(await early, 1);
  one.ack();
  one.drop();
  const late = agent.invoke('late');
  const two = await server.next();
  two.accept();
  await two.frame();
  two.number = 1;
  two.welcome({ status: 'resumed', rx: 1, next: 2 });
  assert.equal((await two.frame(INVOKE)).name, 'late');
  two.item(3, 2, true);
  assert.equal(await late, 2);
  await stop(agent, server);
});

test('a reset ends what may have run, repeats what may run twice, and sends what was not sent', async () => {
  const { server, agent } = start();
  const one = await server.welcome({ catalog: { hash: 'h', size: 3 } });
  const unsafe = agent.invoke('unsafe');
  const safe = agent.invoke('safe', { n: 1 });
  const said = agent.invoke('said', {}, { idempotent: true });
  const keyed = agent.invoke('keyed', {}, { key: 'k' });
  const never = agent.invoke('never', {}, { idempotent: false });
  const steered = agent.invoke('steered', {}, { items: true, idempotent: true });
  for (const call of [unsafe, safe, said, keyed, never, steered]) call.catch(() => {});
  await one.frame(INVOKE, 11);
  const reset = event(agent, 'reset');
  one.drop();
  const unsent = agent.invoke('unsent');
  const two = await server.next();
  two.accept();
  await two.frame();
  two.number = 0;
  two.welcome({ status: 'reset', session: 's', log: 'l2' });
  await reset;
  await assert.rejects(async () => steered, { code: 'SESSION_RESET', mayHaveRun: true });
  await assert.rejects(async () => never, { code: 'SESSION_RESET', mayHaveRun: true });
  assert.deepEqual((({ rx, tx }) => [rx, tx])(await two.frame(ACK)), [0, 0]);
  assert.equal((await two.frame(INVOKE)).name, 'unsent');
  const claimed = await two.frame(INVOKE);
  assert.equal(claimed.name, 'said');
  const repeated = await two.frame(INVOKE);
  assert.deepEqual([repeated.name, repeated.meta[4]], ['keyed', 'k']);
  const describe = await two.frame(INVOKE);
  assert.equal(describe.alias, 3);
  assert.deepEqual(two.payload(describe), { names: ['unsafe', 'safe'] });
  two.item(describe.stream, { actions: [{ name: 'safe', hints: { readOnly: true } }, { name: 'unsafe', hints: { idempotent: true, approval: true } }], unknown: [] }, true);
  await assert.rejects(async () => unsafe, { code: 'SESSION_RESET', mayHaveRun: true });
  const again = await two.frame(INVOKE);
  assert.deepEqual([again.name, two.payload(again)], ['safe', { n: 1 }]);
  two.item(again.stream, 'twice', true);
  assert.equal(await safe, 'twice');
  two.send(fields(ERROR, repeated.stream, [6, 2]));
  await assert.rejects(async () => keyed, { code: 'LOST', mayHaveRun: true });
  two.send(fields(ERROR, claimed.stream, [14, 1]));
  await assert.rejects(async () => said, { code: 'UNAVAILABLE', mayHaveRun: true });
  two.item(1, 'first', true);
  assert.equal(await unsent, 'first');
  await stop(agent, server);
});

test('two disagreements about numbers in a row begin a new session', async () => {
  const { server, agent } = start();
  const one = await server.welcome();
  one.drop(4003);
  const two = await server.next();
  two.accept();
  await two.frame();
  assert.ok(two.hello.resume);
  two.drop(4003);
  const three = await server.next();
  three.accept();
  await three.frame();
  assert.equal(three.hello.resume, undefined);
  await stop(agent, server);
});

test('a resume that does not fit is closed, and the next one is a new session', async () => {
  const { server, agent } = start();
  const one = await server.welcome();
  one.drop();
  const two = await server.next();
  two.accept();
  await two.frame();
  two.welcome({ status: 'resumed', rx: 5, next: 1 });
  assert.equal((await two.close).code, 4003);
  const three = await server.next();
  three.accept();
  await three.frame();
  assert.equal(three.hello.resume, undefined);
  await stop(agent, server);
});

test('all addresses are tried before a wait', async () => {
  const { server, agent } = start({ backoff: { base: 3600000, cap: 3600000 } }, ['ws://a/', 'ws://b/', 'ws://c/']);
  for (const host of ['a', 'b']) {
    const connection = await server.next();
    assert.equal(connection.uri, `ws://${host}/`);
    connection.drop();
  }
  const connection = await server.welcome();
  assert.equal(connection.uri, 'ws://c/');
  await stop(agent, server);
});

test('a server that leaves is left for another one, and new calls wait for that', async () => {
  const { server, agent } = start({}, ['ws://a/', 'ws://b/']);
  const one = await server.welcome();
  const open = agent.invoke('open');
  await one.frame(INVOKE);
  one.ack();
  one.send(fields(GOAWAY, 0, [4000, 1000, 20], utf8('deploy')));
  const next = agent.invoke('next');
  assert.deepEqual(await one.close, { code: 4000, reason: 'asked to leave' });
  assert.equal(one.unread.filter(({ type }) => type === INVOKE).length, 0);
  const two = await server.next();
  assert.equal(two.uri, 'ws://b/');
  two.accept();
  await two.frame();
  two.number = 1;
  two.welcome({ status: 'resumed', rx: 1, next: 1 });
  assert.equal((await two.frame(INVOKE)).name, 'next');
  two.send(frame(DATA, 1, utf8('1'), { end: true }));
  two.send(frame(DATA, 3, utf8('2'), { end: true }));
  assert.deepEqual([await open, await next], [1, 2]);
  await stop(agent, server);
});

test('a server that says GOAWAY to each connection at once is not met without a pause', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(Math, 'random', () => 0.5);
  const pass = (ms) => (t.mock.timers.tick(ms), new Promise(setImmediate));
  const server = new FakeServer();
  const agent = connect('ws://fake/', { WebSocket: server.WebSocket });
  let connection = await server.welcome();
  for (let resumes = 1; resumes < 4; resumes++) {
    connection.send(fields(GOAWAY, 0, [4000, 0, 0], utf8('away')));
    await pass(0);
    assert.equal((await connection.close).code, 4000);
    await pass(400); // nearly half of a second
    assert.equal(server.connections.length, resumes);
    await pass(100);
    connection = await server.welcome({ status: 'resumed', rx: 0, next: 1 });
  }
  const closing = agent.close();
  connection.drop(1000);
  await closing;
});

test('the wait after the loss of a connection is short', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.mock.method(Math, 'random', () => 0.5);
  const server = new FakeServer();
  const agent = connect('ws://fake/', { WebSocket: server.WebSocket, onError() {} });
  const waits = async (ms) => {
    const before = server.connections.length;
    for (const [part, count] of [[ms - 1, before], [1, before + 1]]) {
      await new Promise(setImmediate); // the loss has been seen
      t.mock.timers.tick(part);
      await new Promise(setImmediate);
      assert.equal(server.connections.length, count, `${ms} ms`);
    }
  };
  const connection = await server.welcome();
  t.mock.timers.tick(1001);
  connection.drop();
  await waits(125); // half of 250 ms
  (await server.next()).drop();
  await waits(500); // half of 1 s, as after each failure
  const again = await server.welcome({ status: 'resumed', rx: 0, next: 1 });
  t.mock.timers.tick(999);
  again.drop();
  await waits(500); // nor after a connection that has not stood
  for (let i = 0; i < 2; i++) {
    (await server.next()).drop();
    await waits(500);
  }
  const short = await server.welcome({ status: 'resumed', rx: 0, next: 1 });
  t.mock.timers.tick(1001);
  short.drop();
  await waits(266); // half of a quarter of 2,125 ms: a server that ends each connection is met less and less often
  const last = await server.welcome({ status: 'resumed', rx: 0, next: 1 });
  const closing = agent.close();
  last.drop(1000);
  await closing;
});

for (const [backoff, least] of [[{ base: 4000 }, 250], [{ base: 100 }, 100], [{ first: 400, base: 4000 }, 400]]) {
  test(`the wait after a loss is below ${least} ms with ${JSON.stringify(backoff)}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    t.mock.method(Math, 'random', () => 0.5);
    const server = new FakeServer();
    const agent = connect('ws://fake/', { WebSocket: server.WebSocket, onError() {}, backoff });
    const connection = await server.welcome();
    t.mock.timers.tick(4001);
    connection.drop();
    await new Promise(setImmediate); // the loss has been seen
    for (const [part, count] of [[least / 2 - 1, 1], [1, 2]]) {
      t.mock.timers.tick(part);
      await new Promise(setImmediate);
      assert.equal(server.connections.length, count);
    }
    const last = await server.welcome({ status: 'resumed', rx: 0, next: 1 });
    const closing = agent.close();
    last.drop(1000);
    await closing;
  });
}

for (const [what, uris, upgraded, times] of [
  ['its only server is slow to answer the upgrade', ['ws://a/'], false, [100, 100, 200, 400, 400]],
  ['one of its servers is slow to answer HELLO', ['ws://a/', 'ws://b/'], true, [100, 100, 100, 100, 200, 200, 400]],
  ['its servers do not answer the upgrade', ['ws://a/', 'ws://b/'], false, [100, 100, 100, 100, 100, 100]],
]) {
  test(`an agent has more patience where that helps: ${what}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const server = new FakeServer();
    const agent = connect(uris, { WebSocket: server.WebSocket, connectTimeout: 100, backoff: { base: 1, cap: 1 } });
    /** Milliseconds that the agent waits for an answer. */
    const patience = async () => {
      const connection = await server.next();
      if (upgraded) {
        connection.accept();
        await connection.frame();
      }
      let gone;
      connection.close.then(() => (gone = true));
      for (let ms = 0; ; ms += 100) {
        await new Promise(setImmediate);
        if (gone) return ms;
        t.mock.timers.tick(100);
      }
    };
    const waited = [];
    while (waited.length < times.length) {
      waited.push(await patience());
      t.mock.timers.tick(1); // the pause
    }
    assert.deepEqual(waited, times);
    const connection = await server.welcome();
    assert.ok(agent.connected);
    connection.drop();
    await new Promise(setImmediate);
    t.mock.timers.tick(1);
    assert.equal(await patience(), 100);
    const closing = agent.close();
    t.mock.timers.tick(10000);
    await closing;
  });
}

test('a verdict of the server is final, and every call says so', async () => {
  const { server, agent } = start();
  const one = await server.welcome();
  const call = agent.invoke('a');
  await one.frame(INVOKE);
  const waiting = assert.rejects(agent.events('x').next());
  const closed = event(agent, 'closed');
  one.drop(4504, 'a newer connection has the session');
  await assert.rejects(async () => call, { code: 'UNAVAILABLE', closeCode: 4504, mayHaveRun: true, message: /4504, a newer connection/ });
  await assert.rejects(async () => agent.invoke('b'), { code: 'UNAVAILABLE', closeCode: 4504, mayHaveRun: false });
  await assert.rejects(agent.ready(), { closeCode: 4504 });
  assert.equal((await closed).error.closeCode, 4504);
  await waiting;
  await agent.close();
});

test('close codes and statuses have their verdicts', () => {
  const table = { 1000: 'again', 1006: 'again', 1009: 'final', 4000: 'again', 4003: 'again', 4499: 'again', 4500: 'final', 4501: 'final', 4999: 'final', 3000: 'again' };
  for (const [code, fate] of Object.entries(table)) assert.equal(verdict({ code: Number(code) }, false), fate, code);
  assert.equal(verdict({ code: 4501 }, true), 'bounded');
  const statuses = { 200: 'bounded', 301: 'bounded', 400: 'final', 401: 'final', 403: 'final', 404: 'bounded', 408: 'again', 425: 'again', 426: 'final', 429: 'again', 500: 'again', 503: 'again' };
  for (const [status, fate] of Object.entries(statuses)) assert.equal(verdict({ status: Number(status) }, false), fate, status);
  assert.equal(verdict({ status: 401 }, true), 'bounded');
});

test('a token that is refused is asked for again, for a bounded time', async () => {
  let asked = 0;
  const { server, agent } = start({ token: async () => `token-${++asked}`, refusalTimeout: 30 });
  const closed = event(agent, 'closed');
  let refused = 0;
  (async () => {
    for (;;) {
      const connection = await server.next();
      connection.accept();
      await connection.frame();
      assert.equal(connection.hello.auth, `token-${asked}`);
      refused++;
      connection.drop(4501);
    }
  })();
  assert.equal((await closed).error.closeCode, 4501);
  assert.ok(refused > 1);
});

test('calls do not wait for a connection for ever', async () => {
  const { agent, server } = start({ maxWait: 20 });
  (async () => {
    for (;;) (await server.next()).drop(1006);
  })();
  await event(agent, 'failed'); // on a busy machine that may take longer
  await assert.rejects(async () => agent.invoke('a'), { code: 'UNAVAILABLE', mayHaveRun: false, message: /No connection within 20 ms, ws:\/\/fake\/: close code 1006/ });
  await assert.rejects(agent.ready(), { code: 'UNAVAILABLE' });
  await agent.close();
});

test('a session that is away for too long is gone, by the clock of the client', async () => {
  const { server, agent } = start();
  const one = await server.welcome({ ttl: 10 });
  const call = agent.invoke('a', {}, { idempotent: false });
  await one.frame(INVOKE);
  one.drop();
  let over = false;
  const ended = assert.rejects(async () => call, { code: 'SESSION_RESET', mayHaveRun: true }).then(() => {
    over = true;
  });
  let two = await server.next();
  for (; !over; two = await server.next()) {
    two.drop();
    await Promise.race([ended, new Promise(setImmediate)]);
  }
  two.accept();
  await two.frame();
  assert.equal(two.hello.resume, undefined);
  await stop(agent, server);
});

test('silence is answered by a ping, and a silent server is left', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    const { server, agent } = start();
    const one = await server.welcome({ keepalive: 1000 });
    mock.timers.tick(2999);
    assert.deepEqual(one.unread, []);
    mock.timers.tick(1);
    const ping = await one.frame(ACK);
    assert.equal(ping.end, true);
    one.ack(0);
    mock.timers.tick(2999);
    assert.deepEqual(one.unread, []);
    mock.timers.tick(1);
    assert.equal((await one.frame(ACK)).end, true);
    mock.timers.tick(7999);
    mock.timers.tick(1);
    assert.equal((await one.close).code, 4001);
    agent.close();
  } finally {
    mock.timers.reset();
  }
});

test('a throttled timer alone is no silence', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    const { server, agent } = start();
    const one = await server.welcome({ keepalive: 1000 });
    mock.timers.tick(600000); // the page was in the background for minutes: one timer fires, late
    const ping = await one.frame(ACK);
    assert.equal(ping.end, true);
    one.ack(0);
    assert.equal(agent.connected, true);
    agent.close();
  } finally {
    mock.timers.reset();
  }
});

test('pings are answered at once, and too many close the connection', async () => {
  const { server, agent } = start();
  const one = await server.welcome();
  one.send(fields(ACK, 0, [0, 0], [], { end: true }), fields(ACK, 0, [0, 0], [], { end: true }));
  const pong = await one.frame();
  assert.deepEqual([pong.type, pong.end, pong.rx], [ACK, false, 0]);
  assert.deepEqual(one.unread, []);
  for (let i = 0; i < 11; i++) one.send(fields(ACK, 0, [0, 0], [], { end: true }));
  assert.equal((await one.close).code, 4507);
  await agent.close();
});

test('a page that goes to sleep leaves, and comes back when it wakes', async () => {
  const page = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { visibilityState: 'visible' }) });
  const { server, agent } = start({ page });
  const one = await server.welcome();
  page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
  assert.equal((await one.close).code, 4000);
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  const two = await server.next();
  two.accept();
  await two.frame();
  assert.ok(two.hello.resume);
  two.welcome({ status: 'resumed', rx: 0, next: 1 });
  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.equal((await two.frame(ACK)).end, false);
  assert.equal((await two.frame(ACK)).end, true);
  page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
  assert.equal((await two.frame(GOAWAY)).code, 0);
  two.drop(1000);
  await agent.close();
});

test('a page that is online again does not wait', async () => {
  const page = Object.assign(new EventTarget(), { document: new EventTarget() });
  const { server, agent } = start({ page, backoff: { base: 3600000, cap: 3600000 } });
  (await server.next()).drop();
  await new Promise(setImmediate);
  page.dispatchEvent(new Event('online'));
  await server.welcome();
  await stop(agent, server);
});

test('credit that was asked for before there was a connection, and before a reset, counts', async () => {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 } });
  const call = agent.invoke('count', {}, { prefetch: 0, idempotent: true });
  call.request(3);
  const first = await server.welcome();
  assert.equal((await first.frame(INVOKE)).meta[7], 3);
  call.request(2);
  await first.frame(CREDIT);
  first.drop();
  const second = await server.welcome({ status: 'reset', session: 'other' });
  const { stream, meta } = await second.frame(INVOKE);
  assert.equal(meta[7], 5);
  for (let i = 1; i <= 5; i++) second.item(stream, i, i === 5);
  assert.deepEqual(await call.toArray(), [1, 2, 3, 4, 5]);
  const closing = agent.close();
  second.drop(1000);
  await closing;
});
