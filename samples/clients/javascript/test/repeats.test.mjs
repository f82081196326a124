import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../src/full.js';
import { FakeServer, fields } from './fake.mjs';
import { ERROR, INTERRUPT, INVOKE } from '../src/numbers.js';

const settled = () => new Promise(setImmediate);
const event = (agent, type) => new Promise((resolve) => agent.addEventListener(type, ({ detail }) => resolve(detail), { once: true }));
const READ_ONLY = { hints: { readOnly: true } };

/** An agent that comes back within milliseconds; it is closed when the test ends. */
function start(t, options = {}) {
  const server = new FakeServer();
  const agent = connect('ws://fake/', { WebSocket: server.WebSocket, backoff: { base: 1, cap: 5 }, onError() {}, ...options });
  t.after(async () => {
    const closing = agent.close();
    server.connections.at(-1).drop(1000);
    await closing;
  });
  return { server, agent };
}

/** Welcomes the next connection as one whose session is lost. */
async function reset(server, agent, session, log) {
  const told = event(agent, 'reset');
  const connection = await server.next();
  connection.accept();
  await connection.frame();
  connection.number = 0;
  connection.welcome({ status: 'reset', session, log });
  await told;
  return connection;
}

/** Drops attempts to connect until something has happened. */
async function away(server, until) {
  let over = false;
  until.then(() => (over = true), () => (over = true));
  while (!over) {
    (await server.next()).drop();
    await Promise.race([until.catch(() => {}), settled()]);
  }
  await until;
}

test('a call that is to be made again is judged at each reset', async (t) => {
  const { server, agent } = start(t);
  const one = await server.welcome();
  const pay = agent.invoke('pay', {}, { key: 'k' });
  const other = agent.invoke('other');
  await one.frame(INVOKE, 3);
  one.drop();
  const two = await reset(server, agent, 's', 'l2');
  assert.equal((await two.frame(INVOKE)).name, 'pay'); // not after the answer about the other one
  two.drop();
  const three = await reset(server, agent, 'another', 'l3');
  for (const call of [other, pay]) {
    const asked = await three.frame(INVOKE);
    assert.equal(asked.alias, 3);
    three.item(asked.stream, { actions: [] }, true);
    await assert.rejects(async () => call, { code: 'SESSION_RESET', mayHaveRun: true });
  }
  assert.deepEqual(three.unread.filter(({ type }) => type === INVOKE), []);
});

test('a call that is held back, and is over, is not made again', async (t) => {
  const { server, agent } = start(t);
  const one = await server.welcome();
  const call = agent.invoke('log.tail');
  const rejected = assert.rejects(async () => call, { code: 'CANCELLED', mayHaveRun: true });
  await one.frame(INVOKE);
  one.drop();
  const two = await reset(server, agent, 'another', 'l2');
  const asked = await two.frame(INVOKE);
  call.cancel();
  await rejected;
  two.item(asked.stream, { actions: [{ name: 'log.tail', ...READ_ONLY }] }, true);
  await settled();
  const next = agent.invoke('next');
  assert.equal((await two.frame(INVOKE)).name, 'next');
  assert.deepEqual(two.unread.filter(({ type }) => type === INVOKE || type === INTERRUPT), []);
  next.cancel();
  await assert.rejects(async () => next);
});

test('a call that is over before the next session begins is not made again', async (t) => {
  const { server, agent } = start(t);
  const one = await server.welcome({ ttl: 1 });
  const call = agent.invoke('a', {}, { idempotent: true });
  await one.frame(INVOKE);
  one.drop();
  for (let gone = false; !gone;) {
    const connection = await server.next();
    connection.accept();
    await connection.frame();
    gone = !connection.hello.resume;
    connection.drop();
  }
  call.cancel();
  await assert.rejects(async () => call, { code: 'CANCELLED', mayHaveRun: true });
  const two = await server.welcome();
  const next = agent.invoke('next');
  assert.equal((await two.frame(INVOKE)).name, 'next');
  next.cancel();
  await assert.rejects(async () => next);
});

test('no item of a call that is held back is given twice, and none is lost', async (t) => {
  for (const again of [true, false]) {
    const { server, agent } = start(t);
    const one = await server.welcome();
    const items = agent.invoke('list')[Symbol.asyncIterator]();
    await one.frame(INVOKE);
    one.item(1, 'first run');
    one.drop();
    const two = await reset(server, agent, 'another', 'l2');
    const asked = await two.frame(INVOKE);
    const item = items.next();
    two.item(asked.stream, { actions: again ? [{ name: 'list', ...READ_ONLY }] : [] }, true);
    if (again) two.item((await two.frame(INVOKE)).stream, 'second run', true);
    assert.equal((await item).value, again ? 'second run' : 'first run');
    if (again) assert.equal((await items.next()).done, true);
    else await assert.rejects(items.next(), { code: 'SESSION_RESET', mayHaveRun: true });
  }
});

test('a call that waits to be made again, and finds no connection, may have run', async (t) => {
  const { server, agent } = start(t, { maxWait: 30 });
  const one = await server.welcome();
  const [sent, waiting] = ['a', 'b'].map((name) => agent.invoke(name, {}, { idempotent: true }));
  sent.catch(() => {});
  const rejected = assert.rejects(async () => waiting, { code: 'UNAVAILABLE', mayHaveRun: true });
  await one.frame(INVOKE, 3);
  one.drop();
  const told = event(agent, 'reset');
  const two = await server.next();
  two.accept();
  await two.frame();
  two.welcome({ status: 'reset', session: 's', log: 'l2', streams: 1 });
  await told;
  await new Promise((resolve) => setTimeout(resolve, 30)); // behind the timer of the reset, which is as long
  two.drop();
  await away(server, rejected);
});

test('the key of a call that runs is never forgotten', async (t) => {
  const { server, agent } = start(t);
  let runs = 0;
  let stop;
  agent.offer('pay', () => {
    runs++;
    return new Promise((resolve) => (stop = resolve));
  });
  agent.offer('quick', () => 1);
  const one = await server.welcome();
  const invoke = async (stream, name, key) => {
    one.invoke(stream, name, {}, { meta: { 4: key } });
    const frame = await one.frame(undefined, stream);
    one.ack();
    return frame;
  };
  one.invoke(2, 'pay', {}, { meta: { 4: 'k' } });
  for (let i = 0; i < 300; i++) await invoke(4 + i * 2, 'quick', `q${i}`);
  assert.deepEqual((({ type, code, flags }) => [type, code, flags])(await invoke(1000, 'pay', 'k')), [ERROR, 6, 2]);
  assert.equal(runs, 1);
  stop(7);
  assert.equal(one.payload(await one.frame(undefined, 2)), 7);
  assert.equal(one.payload(await invoke(1002, 'pay', 'k')), 7);
});

for (const session of ['new', 'resumed']) {
  test(`subscriptions that failed are told with the next connection: ${session}`, async (t) => {
    const reports = [];
    let failed;
    const report = new Promise((resolve) => (failed = resolve));
    const { server, agent } = start(t, { maxWait: 30, onError: (...all) => reports.push(all) && failed() });
    if (session === 'resumed') {
      const one = await server.welcome();
      agent.on('x', () => {});
      const told = await one.frame(INVOKE);
      one.send(fields(ERROR, told.stream, [8, 1]));
      await report;
      one.ack();
      one.drop();
    } else {
      agent.on('x', () => {});
      await away(server, report);
    }
    const two = await server.next();
    two.accept();
    await two.frame();
    two.number = 1;
    two.welcome(session === 'new' ? {} : { status: 'resumed', rx: 1, next: 2 });
    const told = await two.frame(INVOKE);
    assert.deepEqual([told.alias, two.payload(told)], [5, { add: ['x'] }]);
    two.item(told.stream, { events: ['x'] }, true);
    assert.equal(reports.length, 1);
  });
}

test('each new session is told subscriptions whose call a reset has ended', async (t) => {
  const reports = [];
  const { server, agent } = start(t, { onError: (...all) => reports.push(all) });
  let connection = await server.welcome();
  const invoked = async () => {
    const told = await Promise.race([connection.frame(INVOKE), settled().then(settled)]);
    assert.ok(told, 'nothing is told');
    return told;
  };
  agent.on('x', () => {});
  let told = await invoked();
  for (let i = 0; i < 6; i++) { // more of them than a call is made again
    connection.drop();
    connection = await reset(server, agent, `s${i}`, `l${i}`);
    told = await invoked();
    assert.deepEqual([told.alias, connection.payload(told)], [5, { add: ['x'] }]);
  }
  assert.deepEqual(reports, []);
  connection.send(fields(ERROR, told.stream, [37, 0])); // of the server: it is not told again
  const next = agent.invoke('next');
  assert.equal((await invoked()).name, 'next');
  assert.equal(reports.length, 1);
  await settled();
  assert.deepEqual(connection.unread, []);
  next.cancel();
  await assert.rejects(async () => next);
});
