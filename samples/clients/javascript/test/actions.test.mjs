import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentError, connect } from '../src/full.js';
import { cbor } from '../src/cbor.js';
import { FakeServer, fields, frame } from './fake.mjs';
import { ACK, BYTES, CREDIT, DATA, DEFINE, ERROR, EVENT, INTERRUPT, INVOKE, PART, TEXT } from '../src/numbers.js';

const utf8 = (text) => new TextEncoder().encode(text);
const tick = () => new Promise(setImmediate);

function both(name, body, options = {}) {
  for (const codec of [undefined, cbor]) {
    test(`${name} (${codec ? 'cbor' : 'json'})`, async () => {
      const server = new FakeServer({ codec });
      const errors = [];
      const { prepare, map, ...rest } = options;
      const agent = connect('ws://fake/', { backoff: { base: 1, cap: 5 }, codec, WebSocket: server.WebSocket, onError: (...error) => errors.push(error), ...rest });
      prepare?.(agent);
      const connection = await server.welcome(map);
      try {
        await body({ server, agent, connection, errors });
      } finally {
        const closing = agent.close();
        server.connections.at(-1).drop(1000);
        await closing;
      }
    });
  }
}

const add = (agent) => agent.offer({ name: 'add', description: 'Adds', input: { type: 'object' } }, ({ a, b }) => a + b);

both('actions are announced with an alias, changed and withdrawn', async ({ agent, connection }) => {
  const define = await connection.frame(DEFINE);
  assert.deepEqual([define.alias, define.name], [16, 'add']);
  assert.deepEqual(connection.payload(define), { name: 'add', description: 'Adds', input: { type: 'object' } });
  assert.ok(define.meta[10]);
  const withdraw = agent.offer('other', () => 1);
  const other = await connection.frame(DEFINE);
  assert.deepEqual([other.alias, other.name], [17, 'other']);
  assert.notEqual(other.meta[10], define.meta[10]);
  withdraw();
  const gone = await connection.frame(DEFINE);
  assert.deepEqual([gone.alias, gone.name, gone.payload.length], [0, 'other', 0]);
  agent.offer('third', () => 1);
  assert.equal((await connection.frame(DEFINE)).alias, 18);
  connection.send(fields(INVOKE, 2, [34], connection.codec.encode({}), { end: true }));
  const error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags], [34, 1]);
  assert.throws(() => agent.offer('as.mine', () => 1), TypeError);
  assert.throws(() => agent.offer('a b', () => 1), TypeError);
}, { prepare: add });

both('an action is run', async ({ connection }) => {
  connection.send(fields(INVOKE, 2, [32], connection.codec.encode({ a: 1, b: 2 }), { end: true }));
  const data = await connection.frame(DATA);
  assert.deepEqual([data.stream, data.end, connection.payload(data)], [2, true, 3]);
  connection.invoke(4, 'add', { a: 2, b: 2 });
  assert.equal(connection.payload(await connection.frame(DATA)), 4);
}, { prepare: add });

both('results have their forms', async ({ agent, connection }) => {
  agent.offer('none', () => {});
  agent.offer({ name: 'items', result: 'items' }, async function* () {
    yield 'a';
    yield { b: 1 };
  });
  agent.offer({ name: 'text', result: 'text' }, async function* () {
    yield '\ud83d';
    yield '\ude00!';
  });
  agent.offer({ name: 'bytes', result: 'bytes' }, () => Uint8Array.of(1, 2));
  agent.offer('pieces', async function* () {
    yield 'piece';
  });
  connection.invoke(2, 'none', {});
  let f = await connection.frame(DATA);
  assert.deepEqual([f.end, f.payload.length], [true, 0]);
  connection.invoke(4, 'items', {});
  assert.equal(connection.payload(await connection.frame(DATA)), 'a');
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { b: 1 });
  f = await connection.frame(DATA);
  assert.deepEqual([f.end, f.payload.length], [true, 0]);
  connection.invoke(6, 'text', {});
  assert.equal(new TextDecoder().decode((await connection.frame(TEXT)).payload), '😀!');
  assert.equal((await connection.frame(TEXT)).end, true);
  connection.invoke(8, 'bytes', {});
  f = await connection.frame(BYTES);
  assert.deepEqual([f.end, [...f.payload]], [true, [1, 2]]);
  connection.invoke(10, 'pieces', {});
  assert.equal((await connection.frame()).type, TEXT);
});

both('items wait for the credit of the caller, and an action is stopped', async ({ agent, connection }) => {
  let produced = 0;
  let stopped = false;
  agent.offer({ name: 'count', result: 'items' }, async function* (args, { signal }) {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    for (;;) yield ++produced;
  });
  connection.invoke(2, 'count', {}, { meta: { 7: 2 } });
  await connection.frame(DATA);
  await connection.frame(DATA);
  await tick();
  assert.equal(produced, 3); // the third waits
  connection.send(fields(CREDIT, 2, [1]));
  assert.equal(connection.payload(await connection.frame(DATA)), 3);
  connection.send(fields(INTERRUPT, 2, [0]));
  const error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags], [1, 2]);
  assert.equal(stopped, true);
  await tick();
  assert.deepEqual(connection.unread.filter(({ type }) => type === DATA), []);
});

both('what goes wrong beside the result fails the action, and not the process', async ({ agent, connection, errors }) => {
  const unseen = [], seen = (error) => unseen.push(error);
  process.on('unhandledRejection', seen);
  try {
    agent.offer('now', async (args, context) => {
      context.progress(NaN);
      await tick();
      return 1;
    });
    agent.offer({ name: 'end', result: 'items' }, async function* (args, context) {
      context.progress(Infinity);
    });
    agent.offer('closing', () => ({ next: async () => ({ value: 1 }), return: async () => { throw new Error('closing'); }, [Symbol.asyncIterator]() { return this; } }));
    connection.invoke(2, 'now', {});
    assert.equal((await connection.frame(ERROR)).code, 13);
    connection.invoke(4, 'end', {});
    assert.equal((await connection.frame(ERROR)).code, 13);
    assert.equal(errors.length, 2);
    connection.invoke(6, 'closing', {}, { meta: { 7: 1 } });
    await connection.frame();
    connection.send(fields(INTERRUPT, 6, [0]));
    assert.equal((await connection.frame(ERROR)).code, 1);
    for (let i = 0; i < 10; i++) await tick();
    assert.deepEqual(unseen, []);
  } finally {
    process.off('unhandledRejection', seen);
  }
});

both('a value waits for credit, too', async ({ agent, connection }) => {
  agent.offer('one', () => 1);
  connection.invoke(2, 'one', {}, { meta: { 7: 0 } });
  await tick();
  assert.deepEqual(connection.unread.filter(({ type }) => type === DATA), []);
  connection.send(fields(CREDIT, 2, [1]));
  assert.equal((await connection.frame(DATA)).end, true);
});

both('an endless producer does not fill the memory', async ({ agent, connection }) => {
  let produced = 0;
  agent.offer({ name: 'flood', result: 'bytes' }, async function* () {
    for (;;) yield (produced++, new Uint8Array(10000));
  });
  connection.invoke(2, 'flood', {});
  for (let i = 0; i < 200; i++) await tick();
  const before = produced;
  for (let i = 0; i < 200; i++) await tick();
  assert.equal(produced, before);
  assert.ok(produced * 10000 < 1048576, `${produced}`);
});

both('a caller sends items, and gets credit as they are read', async ({ agent, connection }) => {
  agent.offer({ name: 'sum', items: { type: 'integer' } }, async (args, { items }) => {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  });
  connection.invoke(2, 'sum', {}, { end: false });
  for (let i = 1; i <= 20; i++) connection.item(2, i);
  assert.equal((await connection.frame(CREDIT)).items, 16);
  connection.send(frame(DATA, 2, utf8(''), { end: true }));
  assert.equal(connection.payload(await connection.frame(DATA)), 210);
});

both('errors have their codes, and say no more than is safe', async ({ agent, connection, errors }) => {
  agent.offer('broken', () => {
    throw new Error('secret path /etc');
  });
  agent.offer('own', () => {
    throw new AgentError(300, 'sold out', { retryable: true });
  });
  agent.offer({ name: 'checked', validate: ({ n }) => (n > 0 ? [] : [{ pointer: '/n', rule: 'minimum', message: 'must be above 0' }]) }, () => 1);
  agent.offer('foreign', (args, context) => context.invoke('theirs'));
  agent.offer('unsendable', () => NaN);
  connection.invoke(2, 'broken', {});
  let error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags, error.text], [13, 2, 'The action failed.']);
  assert.ok(errors[0][0].includes(error.meta[9].correlation));
  assert.equal(errors[0][1].message, 'secret path /etc');
  connection.invoke(4, 'own', {});
  error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags, error.text], [300, 3, 'sold out']);
  connection.invoke(6, 'checked', { n: 0 });
  error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags, error.meta[9].violations], [3, 0, [{ pointer: '/n', rule: 'minimum', message: 'must be above 0' }]]);
  connection.invoke(8, 'foreign', {});
  const nested = await connection.frame(INVOKE);
  assert.deepEqual([nested.meta[1], nested.meta[11]], [8, 1]);
  connection.send(fields(ERROR, nested.stream, [7, 0], utf8('no')));
  assert.equal((await connection.frame(ERROR)).code, 13);
  connection.invoke(10, 'unsendable', {});
  assert.equal((await connection.frame(ERROR)).code, 13);
});

both('bad invocations are refused with their codes', async ({ connection }) => {
  const code = async (stream) => (await connection.frame(ERROR, stream)).code;
  connection.invoke(2, 'nobody', {});
  assert.equal(await code(2), 5);
  connection.invoke(4, 'a b', {});
  assert.equal(await code(4), 5);
  connection.send(fields(INVOKE, 6, [2000], connection.codec.encode({}), { end: true }));
  assert.equal(await code(6), 34);
  connection.invoke(8, 'add', [1]);
  assert.equal(await code(8), 3);
  connection.send(fields(INVOKE, 10, [32], [0xff, 0xff], { end: true }));
  assert.equal(await code(10), 3);
  connection.invoke(12, 'add', {}, { meta: { 1: 7, 11: 1 } });
  assert.equal(await code(12), 9);
  connection.invoke(14, 'add', {}, { meta: { 2: 0 } });
  assert.equal(await code(14), 4);
  connection.invoke(16, 'add', {}, { meta: { 11: 9 } });
  assert.equal(await code(16), 9);
  connection.invoke(18, 'slow', {}, { end: false });
  connection.item(18, 1);
  assert.equal(await code(18), 9);
  connection.invoke(20, 'slow', {}, { meta: { 2: 5 } });
  assert.equal(await code(20), 4);
}, {
  prepare(agent) {
    add(agent);
    agent.offer('slow', () => new Promise(() => {}));
  },
});

both('no more streams than declared', async ({ connection }) => {
  connection.invoke(2, 'slow', {});
  connection.invoke(4, 'slow', {});
  const error = await connection.frame(ERROR);
  assert.deepEqual([error.stream, error.code, error.flags], [4, 8, 1]);
  connection.send(frame(PART, 6, utf8('{}')));
  assert.deepEqual([(await connection.frame(ERROR)).stream], [6]);
  connection.send(frame(PART, 6, utf8('{}')));
  connection.send(fields(INVOKE, 6, [32], [], { end: true })); // of a stream that is refused: no answer
  connection.send(fields(ERROR, 2, [1, 0]));
  connection.invoke(8, 'add', { a: 1, b: 1 });
  assert.equal((await connection.frame(DATA)).stream, 8);
}, {
  limits: { streams: 1 },
  prepare(agent) {
    add(agent);
    agent.offer('slow', () => new Promise(() => {}));
  },
});

both('a key does not run an action twice', async ({ agent, connection }) => {
  let runs = 0;
  agent.offer('pay', () => ++runs);
  agent.offer('other', () => ++runs);
  agent.offer('hang', () => new Promise(() => {}));
  connection.invoke(2, 'pay', {}, { meta: { 4: 'k' } });
  await connection.frame(DATA);
  connection.invoke(4, 'pay', {}, { meta: { 4: 'k' } });
  assert.equal(connection.payload(await connection.frame(DATA)), 1);
  connection.invoke(6, 'other', {}, { meta: { 4: 'k' } });
  let error = await connection.frame(ERROR);
  assert.deepEqual([error.code, error.flags], [6, 2]);
  connection.invoke(8, 'hang', {}, { meta: { 4: 'h' } });
  connection.invoke(10, 'hang', {}, { meta: { 4: 'h' } });
  error = await connection.frame(ERROR);
  assert.deepEqual([error.stream, error.code, error.flags], [10, 6, 2]);
  assert.equal(runs, 1);
});

both('the server finds and describes what is offered', async ({ agent, connection }) => {
  agent.offer({ name: 'files.read', title: 'Read', description: 'Reads a file', tags: ['disk'] }, () => 1);
  agent.offer({ name: 'files.write', description: 'Writes, after a read' }, () => 1);
  connection.send(fields(INVOKE, 2, [4], connection.codec.encode({ query: 'READ' }), { end: true }));
  let answer = connection.payload(await connection.frame(DATA));
  assert.deepEqual(answer.actions.map(({ name }) => name), ['files.read', 'files.write']);
  assert.deepEqual(answer.actions[0], { name: 'files.read', title: 'Read', description: 'Reads a file', tags: ['disk'] });
  connection.send(fields(INVOKE, 4, [4], connection.codec.encode({ limit: 2 }), { end: true }));
  answer = connection.payload(await connection.frame(DATA));
  assert.deepEqual([answer.actions.length, answer.total], [2, 3]);
  connection.send(fields(INVOKE, 6, [4], connection.codec.encode({ limit: 2, cursor: answer.next }), { end: true }));
  answer = connection.payload(await connection.frame(DATA));
  assert.deepEqual([answer.actions.map(({ name }) => name), answer.next], [['files.write'], undefined]);
  connection.send(fields(INVOKE, 8, [6], connection.codec.encode({ names: ['add', 'as.find', 'nope'] }), { end: true }));
  answer = connection.payload(await connection.frame(DATA));
  assert.deepEqual([answer.actions.map(({ name }) => name), answer.unknown], [['add'], ['as.find', 'nope']]);
  connection.send(fields(INVOKE, 10, [4], connection.codec.encode({ limit: 0 }), { end: true }));
  assert.equal((await connection.frame(ERROR)).code, 3);
}, { prepare: add });

both('questions and approvals are answered by the call they belong to', async ({ agent, connection }) => {
  const asked = [];
  const call = agent.invoke('book', {}, {
    onAsk: ({ prompt, schema, answer }) => {
      asked.push([prompt, schema]);
      return answer('Monday');
    },
  });
  call.catch(() => {});
  const { stream } = await connection.frame(INVOKE);
  const ask = (id, alias, args, parent = stream) => connection.send(fields(INVOKE, id, [alias * 2], connection.codec.encode(args), { end: true, metadata: connection.codec.encode({ 1: parent, 11: 1 }, true) }));
  ask(2, 1, { prompt: 'Which day?', schema: { type: 'string' } });
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { outcome: 'answer', value: 'Monday' });
  assert.deepEqual(asked, [['Which day?', { type: 'string' }]]);
  ask(4, 4, { action: 'book', arguments: {}, prompt: 'Really?' });
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { outcome: 'approve' });
  agent.invoke('other').catch(() => {});
  const other = await connection.frame(INVOKE);
  ask(6, 1, { prompt: 'Hm?' }, other.stream);
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { outcome: 'decline' });
  ask(8, 4, { action: 'delete', arguments: {}, prompt: 'Really?' }, other.stream);
  assert.deepEqual(connection.payload(await connection.frame(DATA)), { outcome: 'decline', reason: 'not today' });
}, {
  onAsk: ({ decline }) => decline(),
  onApprove: ({ action, decline }) => action === 'book' || decline('not today'),
});

both('nobody answers where nobody is asked', async ({ connection }) => {
  connection.send(fields(INVOKE, 2, [2], connection.codec.encode({ prompt: 'Hm?' }), { end: true }));
  assert.equal((await connection.frame(ERROR)).code, 5);
});

both('an action that ends takes its nested calls with it', async ({ agent, connection }) => {
  agent.offer('outer', (args, context) => {
    context.invoke('inner').catch(() => {});
    return new Promise(() => {});
  });
  connection.invoke(2, 'outer', {});
  const { stream } = await connection.frame(INVOKE);
  connection.send(fields(INTERRUPT, 2, [0]));
  assert.equal((await connection.frame(INTERRUPT)).stream, stream);
});

both('progress and a request to finish', async ({ agent, connection }) => {
  agent.offer('write', async (args, { progress, finishing }) => {
    progress(1, 2, 'half');
    await new Promise((resolve) => finishing.addEventListener('abort', resolve));
    return 'so far';
  });
  connection.invoke(2, 'write', {});
  const report = await connection.frame(DATA);
  assert.deepEqual([report.end, report.payload.length, report.meta[8]], [false, 0, [1, 2, 'half']]);
  connection.send(fields(INTERRUPT, 2, [1]));
  assert.equal(connection.payload(await connection.frame(DATA)), 'so far');
});

both('events go both ways', async ({ agent, connection }) => {
  const news = agent.events('news', 'weather');
  const subscribe = await connection.frame(INVOKE);
  assert.deepEqual([subscribe.alias, connection.payload(subscribe)], [5, { add: ['news', 'weather'] }]);
  connection.item(subscribe.stream, { events: ['news', 'weather'] }, true);
  await news.ready;
  const inline = (name, value) => frame(EVENT, 0, Uint8Array.from([name.length * 2 + 1, ...utf8(name), ...(value === undefined ? [] : connection.codec.encode(value))]));
  connection.send(inline('other', 1), inline('news', { n: 1 }), inline('weather'));
  connection.send(frame(EVENT, 0, Uint8Array.from([9, ...utf8('news'), 0xff]))); // cannot be decoded: ignored
  assert.deepEqual((await news.next()).value, { name: 'news', payload: { n: 1 } });
  assert.deepEqual((await news.next()).value, { name: 'weather', payload: undefined });
  await agent.publish('typing', { on: true });
  const typing = await connection.frame(EVENT);
  assert.deepEqual([typing.name, connection.payload(typing)], ['typing', { on: true }]);
  await news.return();
  assert.deepEqual(connection.payload(await connection.frame(INVOKE)), { remove: ['news', 'weather'] });
  await assert.rejects(agent.publish('as.x'), TypeError);
});

both('more names of events than a session has wait for room', async ({ agent, connection, errors }) => {
  const all = Array.from({ length: 300 }, (_, i) => `e${i}`);
  const [first, second, last] = [agent.events(...all.slice(0, 200)), agent.events(...all.slice(200)), agent.events('last')];
  const answer = async (expected) => {
    const call = await connection.frame(INVOKE);
    assert.deepEqual(connection.payload(call), expected);
    connection.item(call.stream, { events: [] }, true);
  };
  await answer({ add: all.slice(0, 200) });
  await answer({ add: all.slice(200, 256) });
  await Promise.all([first.ready, second.ready, last.ready]);
  assert.deepEqual(errors.map(([, error]) => error.code), ['RESOURCE_EXHAUSTED']); // once for all of them
  await first.return();
  await answer({ add: [...all.slice(256), 'last'], remove: all.slice(0, 200) });
});

both('a reader of events that does not read is told', async ({ agent, connection }) => {
  const all = agent.events();
  const event = frame(EVENT, 0, Uint8Array.from([3, 0x65, ...connection.codec.encode(1)]));
  for (let i = 0; i < 1001; i++) connection.send(event);
  for (let i = 0; i < 1000; i++) assert.equal((await all.next()).value.payload, 1);
  await assert.rejects(all.next(), { code: 'RESOURCE_EXHAUSTED' });
});

both('changes of the catalog are told, and descriptors are kept by its hash', async ({ agent, connection }) => {
  const changes = [];
  agent.addEventListener('change', ({ detail }) => changes.push(detail));
  const described = agent.describe('a');
  const f = await connection.frame(INVOKE);
  connection.item(f.stream, { actions: [{ name: 'a', input: {} }], unknown: [] }, true);
  assert.deepEqual(await described, { actions: [{ name: 'a', input: {} }], unknown: [] });
  assert.deepEqual((await agent.describe('a')).actions, [{ name: 'a', input: {} }]);
  const define = (alias, name, descriptor) => frame(DEFINE, 0, Uint8Array.from([alias, name.length, ...utf8(name), ...(descriptor ? connection.codec.encode(descriptor) : [])]), { metadata: connection.codec.encode({ 10: 'h2' }, true) });
  connection.send(define(16, 'b', { input: {}, description: 'B' }), define(0, 'a'));
  assert.deepEqual(changes, [{ name: 'b', descriptor: { name: 'b', input: {}, description: 'B' } }, { name: 'a', descriptor: undefined }]);
  assert.deepEqual((await agent.describe('b')).actions[0].description, 'B');
  assert.equal(agent.catalog.hash, 'h2');
  const gone = agent.describe('a');
  const again = await connection.frame(INVOKE);
  connection.item(again.stream, { actions: [], unknown: ['a'] }, true);
  assert.deepEqual(await gone, { actions: [], unknown: ['a'] });
}, { map: { catalog: { hash: 'h1', size: 1 } } });

both('a reset stops what runs, and announces again', async ({ agent, server, connection }) => {
  let stopped = false;
  agent.offer('slow', (args, { signal }) => new Promise(() => signal.addEventListener('abort', () => {
    stopped = true;
  })));
  connection.invoke(2, 'slow', {});
  await tick();
  connection.drop();
  const two = await server.next();
  two.accept();
  await two.frame();
  two.number = 0;
  two.welcome({ status: 'reset', session: 's2', log: 'l2' });
  assert.equal((await two.frame()).type, ACK);
  assert.equal((await two.frame(DEFINE)).name, 'slow');
  assert.equal(stopped, true);
});

both('what is offered while there is no connection is announced with the next one', async ({ agent, server, connection }) => {
  connection.drop();
  agent.offer('late', () => 1);
  const two = await server.next();
  two.accept();
  await two.frame();
  two.number = 0;
  two.welcome({ status: 'resumed', rx: 0, next: 1 });
  assert.equal((await two.frame(DEFINE)).name, 'late');
});

both('violations that cannot be sent do not keep the error back', async ({ agent, connection }) => {
  const violations = { broken: [{ pointer: '/a', rule: 'r', message: '\ud800' }], large: [{ pointer: '/a', rule: 'r', message: 'x'.repeat(5000) }] };
  for (const name of Object.keys(violations)) agent.offer({ name, validate: () => violations[name] }, () => 1);
  connection.invoke(2, 'broken', {});
  assert.equal((await connection.frame(ERROR)).code, 3);
  connection.invoke(4, 'large', {});
  assert.equal((await connection.frame(ERROR)).code, 3);
});
