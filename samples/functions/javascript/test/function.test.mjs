// The function protocol, section by section, against the vectors and by hand.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { detached } from '../src/detached.js';
import { agentFunction, FunctionError, push, verify } from '../src/index.js';
import { serve } from '../src/node.js';

const vectors = JSON.parse(await readFile(new URL('../../../../docs/vectors/functions.json', import.meta.url)));
const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

function signed(body, { secret = SECRET, id = `msg_${randomUUID()}`, at = Math.floor(Date.now() / 1000) } = {}) {
  const key = Buffer.from(secret.slice(6), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': `v1,${signature}` };
}

const body = (fields) => JSON.stringify({ v: 1, type: 'invoke', function: 'f', invocation: 'i-1', attempt: 1, action: 'a', arguments: {},
  session: { id: 's' }, principal: null, timeoutMs: 1000, result: 'value', codec: 'json', limits: { item: 1000 }, ...fields });

function call(actions, fields = {}, options = {}) {
  const text = body(fields);
  const fn = agentFunction({ secrets: [SECRET], actions, onError: () => {}, ...options });
  return fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }));
}

/** Frames of a body, by the layout of the wire protocol. */
function decode(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const varint = () => { let value = 0; for (let shift = 1; ; shift *= 128) { const b = bytes[at++]; value += (b % 128) * shift; if (b < 128) return value; } };
    const head = bytes[at++], type = head >> 3, f = { type, end: head % 2 === 1 };
    assert.equal(head & 2, 2, 'L');
    if (type >= 8) f.stream = varint();
    const stop = varint() + at;
    if (head & 4) { const size = varint(); f.metadata = JSON.parse(Buffer.from(bytes.subarray(at, at += size))); }
    if (type === 5 || type === 8) { const ref = varint(); if (ref % 2) f.name = Buffer.from(bytes.subarray(at, at += (ref - 1) / 2)).toString(); else f.alias = ref / 2; }
    if (type === 4) { f.alias = varint(); const size = varint(); f.name = Buffer.from(bytes.subarray(at, at += size)).toString(); }
    if (type === 12) { f.code = varint(); f.flags = varint(); }
    const rest = Buffer.from(bytes.subarray(at, stop));
    f.body = type === 10 || type === 12 ? rest.toString() : type === 11 || type === 2 ? [...rest] : rest.length ? JSON.parse(rest) : undefined;
    frames.push(f);
    at = stop;
  }
  return frames;
}

const frames = async (response) => decode(new Uint8Array(await response.arrayBuffer()));

for (const vector of vectors.signatures) {
  test(`signature ${vector.id}`, async () => {
    const seen = new Map();
    const ask = ({ secrets, headers, body: text, now }) => {
      const all = new Headers();
      for (const [key, value] of Object.entries(headers)) for (const one of [value].flat()) all.append(key, one);
      return verify(secrets, all, Buffer.from(text), now, seen);
    };
    if (vector.after) await ask(vectors.signatures.find(({ id }) => id === vector.after));
    assert.equal(await ask(vector), vector.accepted);
  });
}

for (const vector of vectors.requests.filter(({ body: { type } }) => type === 'invoke')) {
  test(`request ${vector.id}`, async () => {
    const [frame] = await frames(await call({ [vector.body.action]: { run: (args, { session, answer, continuation }) => ({ args, session, answer, continuation }) } },
      vector.body));
    const { arguments: args, session, answer, continuation } = vector.body;
    assert.deepEqual(frame.body, JSON.parse(JSON.stringify({ args, session, answer, continuation })));
  });
}

test('one value is one frame with E', async () => {
  const response = await call({ a: { run: () => ({ temp: 21.5 }) } });
  assert.equal(response.headers.get('content-type'), 'application/vnd.agentsocket.frames');
  assert.equal(Buffer.from(await response.arrayBuffer()).toString('hex'), vectors.answers.find(({ id }) => id === 'frames-value').hex);
});

test('items, text, bytes and nothing', async () => {
  assert.deepEqual((await frames(await call({ a: { async* run() { yield 1; yield null; } } }, { result: 'items' }))).map(({ body, end }) => [body, end]),
    [[1, false], [null, false], [undefined, true]]);
  assert.deepEqual((await frames(await call({ a: { run: () => ['x', 'y'] } }, { result: 'items' }))).map(({ body }) => body), ['x', 'y', undefined]);
  assert.equal((await frames(await call({ a: { async* run() { yield 'a\ud83d'; yield '\ude00b'; } } }, { result: 'text' }))).map(({ body }) => body).join(''), 'a\u{1f600}b');
  assert.deepEqual((await frames(await call({ a: { async* run() { yield Uint8Array.of(1, 255); } } }, { result: 'bytes' }))).map(({ body }) => body), [[1, 255], []]);
  assert.deepEqual(await frames(await call({ a: { run() {} } }, { result: 'none' })), [{ type: 9, end: true, stream: 1, body: undefined }]);
  assert.equal((await frames(await call({ a: { run() {} } })))[0].body, null);
});

test('events, progress and actions go with the items, the patch before the end', async () => {
  const all = await frames(await call({ a: { async* run(args, own) {
    own.state.set('cart', [...own.state.get('cart'), 'pear']);
    own.state.delete('coupon');
    await own.event('report.read', { page: 3 });
    await own.progress(1, 4, 'reading');
    await own.define({ name: 'report.next', input: { type: 'object' } });
    await own.withdraw('report.old');
    yield 1;
  } } }, { result: 'items', state: { version: 7, values: { cart: ['apple'], coupon: 'x' } } }));
  assert.deepEqual(all.map(({ type, name, body, metadata }) => name ?? metadata ?? body ?? type),
    ['report.read', { 8: [1, 4, 'reading'] }, 'report.next', 'report.old', 1, 'as.state', 9]);
  assert.deepEqual(all[5].body, { version: 7, set: { cart: ['apple', 'pear'] }, remove: ['coupon'] });
});

test('a question and an approval end the answer', async () => {
  const fields = { prompt: 'Which day?', schema: { type: 'string', format: 'date' }, continuation: 'eyJ0byI6IlBhcmlzIn0' };
  const asked = await call({ a: { run: (args, { ask }) => ask(fields) } });
  assert.equal(Buffer.from(await asked.arrayBuffer()).toString('hex'), vectors.answers.find(({ id }) => id === 'frames-ask').hex);
  const [item, approve] = await frames(await call({ a: { async* run(args, own) { yield 1; return own.approve({ prompt: 'Sure?', continuation: 'c' }); } } }, { result: 'items' }));
  assert.deepEqual([item.body, approve.alias, approve.stream, approve.end, approve.body], [1, 4, 2, true, { prompt: 'Sure?', continuation: 'c' }]);
});

test('errors: known ones as they are, others hidden behind a correlation id', async () => {
  const logged = [];
  const [known] = await frames(await call({ a: { run() { throw new FunctionError(300, 'No paper', { retryable: true, notRun: true, violations: [{ pointer: '/x' }] }); } } }));
  assert.deepEqual([known.code, known.flags, known.body, known.metadata], [300, 1, 'No paper', { 9: { violations: [{ pointer: '/x' }] } }]);
  const [hidden] = await frames(await call({ a: { run() { throw new Error('secret'); } } }, {}, { onError: (...all) => logged.push(all) }));
  assert.deepEqual([hidden.code, hidden.flags, hidden.body], [13, 2, 'The action failed']);
  assert.ok(logged[0][0].includes(hidden.metadata[9].correlation));
  assert.equal((await frames(await call({ a: { run: () => 'x'.repeat(998) } })))[0].body.length, 998);
  assert.equal((await frames(await call({ a: { run: () => 'x'.repeat(999) } })))[0].code, 36);
  assert.equal((await frames(await call({ a: { run: () => '\ud83d' } }, { result: 'text' })))[0].code, 13);
});

test('what cannot be written fails the action, and is told', async () => {
  const fail = async (run, result = 'value') => {
    const logged = [];
    const all = await frames(await call({ a: { run } }, { result }, { onError: (...told) => logged.push(told) }));
    assert.deepEqual(all.filter(({ type }) => type === 12).map(({ code, metadata }) => [code, logged[0][0].endsWith(metadata[9].correlation)]), [[13, true]]);
    assert.equal(logged.length, 1);
    return logged[0][1].message;
  };
  for (const value of [NaN, -Infinity, [1, NaN], { a: '\ud83d' }, { '\ude00': 1 }, 1n]) assert.ok(await fail(() => value));
  for (const value of ['abc', 5, [1, 2], {}]) assert.equal(await fail(() => value, 'bytes'), 'Bytes are an ArrayBuffer or a view of one');
  for (const value of [5, {}, true]) assert.equal(await fail(() => value, 'text'), 'The result is text');
  for (const code of [undefined, 'x', 0, -1, 1.5, NaN, 2 ** 31]) assert.equal(await fail(() => { throw new FunctionError(code, 'No'); }), 'The code of an error is none');
  const circle = [];
  circle.push(circle);
  assert.match(await fail(() => { throw new FunctionError(9, 'No', { violations: circle }); }), /circular/);
  assert.match(await fail((args, own) => { own.progress(NaN); return 1; }), /NaN/);
  assert.match(await fail(async (args, own) => { await own.event('x', 1n); return 1; }), /BigInt/);
});

test('an action that handles what could not be sent goes on', async () => {
  const runs = [
    async (args, own) => { try { await own.event('x', 1n); } catch { return 1; } },
    (args, own) => { own.event('x', 1n).catch(() => {}); return 1; },
    async (args, own) => { const sent = own.event('x', 1n); await new Promise(setImmediate); await sent.then(() => 2).catch(() => {}); return 1; },
    async (args, own) => (await Promise.allSettled([own.progress(NaN), own.event('y')]))[0].status === 'rejected' ? 1 : 2,
  ];
  for (const run of runs) {
    const all = await frames(await call({ a: { run } }));
    assert.deepEqual([all.at(-1).type, all.at(-1).body], [9, 1]);
  }
});

test('a view of bytes is sent as the bytes that it shows', async () => {
  const all = Uint8Array.of(1, 2, 3, 4);
  for (const [value, sent] of [[all.subarray(1, 3), [2, 3]], [new DataView(all.buffer, 2), [3, 4]], [all.buffer, [1, 2, 3, 4]], [Buffer.from('a'), [97]], [undefined, []]]) {
    assert.deepEqual((await frames(await call({ a: { run: () => value } }, { result: 'bytes' }))).map(({ body: bytes }) => bytes), [sent]);
  }
});

test('an onError that fails keeps no error from the agent', async () => {
  const broken = await frames(await call({ a: { run() { throw new Error('x'); } } }, {}, { onError() { throw new Error('no log'); } }));
  assert.equal(broken[0].code, 13);
});

test('progress that nobody waits for, behind a reader that has gone, rejects nothing unseen', async () => {
  const unseen = [], seen = (error) => unseen.push(error);
  process.on('unhandledRejection', seen);
  try {
    let done;
    const ended = new Promise((go) => { done = go; });
    const response = await call({ a: { async run(args, own) {
      own.progress(1);
      await new Promise((go) => own.signal.addEventListener('abort', go));
      for (let i = 2; i < 5; i++) own.progress(i);
      done();
    } } });
    const reader = response.body.getReader();
    await reader.read();
    await reader.cancel();
    await ended;
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    assert.deepEqual(unseen, []);
  }
  finally { process.off('unhandledRejection', seen); }
});

test('requests that are no invocations', async () => {
  const actions = { a: { description: 'A', state: 'write', keys: ['k'], run() {} }, toString: { run() {} } };
  assert.deepEqual((await (await call(actions, { type: 'describe' })).json()).actions[0], { name: 'a', result: 'value', description: 'A', state: 'write', keys: ['k'] });
  assert.equal((await call(actions, { type: 'warm' })).status, 204);
  assert.equal((await call(actions, { type: 'news' })).status, 204);
  assert.equal((await call(actions, { action: 'valueOf' })).status, 404);
  assert.equal((await call(actions, { v: 2 })).status, 501);
  const fn = agentFunction({ secrets: [SECRET], actions });
  assert.equal((await fn.fetch(new Request('http://f/'))).status, 405);
  assert.equal((await fn.fetch(new Request('http://f/', { method: 'POST', body: body() }))).status, 401);
  assert.equal((await fn.fetch(new Request('http://f/', { method: 'POST', body: 'x', headers: signed('x') }))).status, 400);
  const large = 'x'.repeat((1 << 20) + 1);
  assert.equal((await fn.fetch(new Request('http://f/', { method: 'POST', body: large, headers: signed(large) }))).status, 413);
  assert.throws(() => agentFunction({ actions }), /secrets is missing/);
});

test('a reader that goes away stops the action, and one that is slow slows it', async () => {
  let made = 0, closed;
  const ended = new Promise((go) => { closed = go; });
  const response = await call({ a: { async* run(args, { signal }) { try { for (;;) yield made++; } finally { closed(signal.aborted); } } } }, { result: 'items' });
  const reader = response.body.getReader();
  await reader.read();
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  assert.ok(made < 30, `${made} items for a reader that took one`);
  await reader.cancel();
  assert.equal(await ended, true);
});

test('a detached action answers 202 and goes on by push', async () => {
  const pushes = [];
  const pods = createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    pushes.push({ headers: req.headers, ops: JSON.parse(Buffer.concat(chunks)).ops });
    // A full pod, a slow body, and a gateway before the pods.
    const refusal = [503, 408, 502][pushes.length - 1];
    if (refusal) res.writeHead(refusal, { 'retry-after': '0.01' }).end('{}');
    else res.writeHead(202).end('{"status":"live"}');
  }).listen(0, '127.0.0.1');
  await once(pods, 'listening');
  try {
    const callback = { url: `http://127.0.0.1:${pods.address().port}/x`, token: 't', scope: ['items'] };
    let work;
    const text = body({ result: 'items', callback });
    const fn = agentFunction({ secrets: [SECRET], actions: { a: detached({ async* run() { yield 1; yield 2; } }) } });
    const response = await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }), {}, { waitUntil: (w) => { work = w; } });
    assert.equal(response.status, 202);
    await work;
    const again = Array(4).fill([{ item: 1 }]);
    assert.deepEqual(pushes.map(({ ops }) => ops), [...again, [{ item: 2 }], [{ end: true }]]);
    assert.equal(new Set(pushes.slice(0, 4).map(({ headers }) => headers['idempotency-key'])).size, 1);
    assert.equal(pushes[0].headers.authorization, 'Bearer t');
    assert.equal((await call({ a: detached({ run() {} }) })).status, 500);
  }
  finally { pods.close(); }
});

test('events and progress that a detached action does not wait for are pushed in order, before its end', async () => {
  const run = async (action, answer = () => 202) => {
    const pushes = [], work = [], logged = [], text = body({ result: 'items', callback: { url: 'http://pods.example/x', token: 't' } });
    let busy = 0, most = 0;
    const fn = agentFunction({ secrets: [SECRET], onError: (label, { message }) => logged.push(message), actions: { a: detached({ result: 'items', run: action }) },
      fetch: async (url, { body: sent }) => {
        most = Math.max(most, ++busy);
        for (let i = 0; i < 3; i++) await new Promise(setImmediate);
        busy--;
        const { ops } = JSON.parse(sent), status = answer(ops[0], pushes.length);
        if (status === 202) pushes.push(...ops.map((op) => Object.keys(op)[0] === 'error' ? op.error.code : JSON.stringify(Object.values(op)[0])));
        return Response.json({ status: 'live' }, { status, headers: { 'retry-after': '0.01' } });
      } });
    await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }), {}, { waitUntil: (w) => work.push(w) });
    await Promise.all(work);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    return { pushes, logged, most };
  };
  async function* talking(args, own) {
    own.event('a');
    own.progress(1, 2);
    yield 1;
    own.event('b');
    own.progress(2, 2);
  }
  const inOrder = ['"a"', '[1,2]', '1', '"b"', '[2,2]', 'true'];
  assert.deepEqual(await run(talking), { pushes: inOrder, logged: [], most: 1 });
  let refused = 0;
  assert.deepEqual(await run(talking, () => refused++ % 2 ? 202 : 503), { pushes: inOrder, logged: [], most: 1 });
  // Refused, and nobody has waited: the action has failed, also if that comes out after its last line.
  assert.deepEqual((await run(talking, ({ event }) => event === 'b' ? 400 : 202)).pushes, ['"a"', '[1,2]', '1', '[2,2]', 13]);
  assert.deepEqual((await run(async (args, own) => { own.event('a'); throw new FunctionError(300, 'No'); })).pushes, ['"a"', 300]);
  // The agent has cancelled: nothing more is pushed.
  assert.deepEqual(await run(talking, (op, count) => count ? 409 : 202), { pushes: ['"a"'], logged: [], most: 1 });
  let late;
  const after = await run((args, own) => { late = new Promise((go) => setImmediate(go)).then(() => { for (let i = 0; i < 9; i++) setImmediate(() => own.event('late')); }); });
  await late;
  for (let i = 0; i < 50 && after.logged.length < 9; i++) await new Promise(setImmediate);
  assert.deepEqual([after.pushes, after.logged], [['true'], Array(9).fill('The action has ended')]);
});

test('what a detached action cannot do, and what is too large for a push, ends it with an error', async () => {
  const run = async (action, refused) => {
    const pushes = [], work = [], logged = [];
    const callback = { url: 'http://pods.example/x', token: 't' };
    const text = body({ callback, result: action.result, state: { version: 7, values: { cart: [] } } });
    const fn = agentFunction({ secrets: [SECRET], onError: (...all) => logged.push(all), actions: { a: detached(action) },
      fetch: async (url, { body: sent }) => {
        pushes.push(JSON.parse(sent).ops);
        return Response.json({ status: 'live' }, { status: pushes.length === 1 && refused || 202 });
      } });
    await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }), {}, { waitUntil: (w) => work.push(w) });
    await Promise.all(work);
    return { pushes, logged };
  };
  const asked = await run({ run: (args, own) => own.ask({ prompt: 'Which day?', continuation: 'c' }) });
  assert.deepEqual([asked.pushes.length, asked.pushes[0][0].error.code, asked.logged.length], [1, 13, 1]);
  const large = await run({ run: () => 'x' }, 413);
  assert.deepEqual(large.pushes.map(([{ item, error }]) => item ?? error.code), ['x', 13]);
  const gone = await run({ run: () => 'x' }, 409);
  assert.deepEqual([gone.pushes.length, gone.logged.length], [1, 0]);
  const changed = await run({ run(args, { state }) { state.get('cart').push('pear'); return 'x'; } });
  assert.deepEqual(changed.pushes, [[{ item: 'x' }, { end: true, state: { version: 7, set: { cart: ['pear'] }, remove: [] } }]]);
  const bytes = await run({ result: 'bytes', run: () => new Uint8Array(200_000) });
  assert.equal(Buffer.from(bytes.pushes[0][0].bytes, 'base64').length, 200_000);
});

test('a push whose connection breaks is repeated with its key', async (t) => {
  t.mock.method(globalThis, 'setTimeout', (go) => setImmediate(go));
  const broken = async (times, answer) => {
    const keys = [];
    const fetch = async (url, { headers }) => {
      if (keys.push(headers['idempotency-key']) <= times) throw new TypeError('fetch failed');
      return answer;
    };
    const outcome = await push({ url: 'http://pods.example/x', token: 't' }, [{ item: 1 }], { fetch }).catch(({ message }) => message);
    assert.equal(new Set(keys).size, 1);
    return [outcome, keys.length];
  };
  const live = () => Response.json({ status: 'live' }, { status: 202 });
  assert.deepEqual(await broken(3, live()), ['live', 4]);
  assert.deepEqual(await broken(4, live()), ['fetch failed', 4]);
  assert.deepEqual(await broken(1, Response.json({}, { status: 409 })), ['The push was answered 409: ', 2]);
});

test('an error that cannot be pushed is told, unless the invocation is over', async (t) => {
  t.mock.method(globalThis, 'setTimeout', (go) => setImmediate(go));
  const fail = async (answer, error = new FunctionError(9, 'Sold out')) => {
    const logged = [], work = [], text = body({ callback: { url: 'http://pods.example/x', token: 't' } });
    const fn = agentFunction({ secrets: [SECRET], onError: (...all) => logged.push(all), fetch: async () => answer(),
      actions: { a: detached({ run() { throw error; } }) } });
    await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }), {}, { waitUntil: (w) => work.push(w) });
    await Promise.all(work);
    return logged.map(([label, { message, status }]) => [label, status ?? message]);
  };
  const answered = (status) => () => Response.json({}, { status, headers: { 'retry-after': '0.01' } });
  assert.deepEqual(await fail(() => { throw new TypeError('fetch failed'); }), [['a i-1', 'fetch failed']]);
  for (const status of [500, 503]) assert.deepEqual(await fail(answered(status)), [['a i-1', status]]);
  for (const status of [202, 401, 404, 409, 410]) assert.deepEqual(await fail(answered(status)), []);
  const [[label, message], told] = await fail(answered(500), new Error('A fault'));
  assert.match(label, /^a i-1 [0-9a-f-]{36}$/);
  assert.deepEqual([message, told], ['A fault', ['a i-1', 500]]);
});

test('an action that fails while its reader goes away is not logged, and its generator is ended', async () => {
  const logged = [];
  let returned = false;
  const items = { next: async () => ({ value: 1, done: false }), return: async () => { returned = true; throw new Error('closing'); },
    [Symbol.asyncIterator]() { return this; } };
  const response = await call({ a: { run: () => items } }, { result: 'items' }, { onError: (...all) => logged.push(all) });
  const reader = response.body.getReader();
  await reader.read();
  await reader.cancel();
  for (let i = 0; i < 50 && !logged.length; i++) await new Promise(setImmediate);
  assert.equal(returned, true);
  assert.deepEqual(logged.map(([, { message }]) => message), ['closing']);
});

test('work behind the answer is handed to the platform, and its failure to onError', async () => {
  const held = [], failures = [];
  const text = body();
  const fn = agentFunction({ secrets: [SECRET], onError: (...all) => failures.push(all),
    actions: { a: { run(args, own) { own.waitUntil(Promise.reject(new Error('lost'))); return 1; } } } });
  const response = await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }), {}, { waitUntil: (work) => held.push(work) });
  assert.equal((await frames(response))[0].body, 1);
  assert.equal(held.length, 1);
  await Promise.all(held);
  assert.equal(failures[0][1].message, 'lost');
});

test('a push does not follow a redirect', async () => {
  const sent = [];
  const text = body({ callback: { url: 'http://pods.example/x', token: 't', scope: ['events'] } });
  const fn = agentFunction({ secrets: [SECRET], actions: { a: { run: (args, own) => own.push([{ event: 'a.b' }]).catch(({ status }) => status) } },
    fetch: async (url, init) => { sent.push(init.redirect); return new Response(null, { status: 307, headers: { location: 'http://elsewhere.example/' } }); } });
  const response = await fn.fetch(new Request('http://f/', { method: 'POST', body: text, headers: signed(text) }));
  assert.equal((await frames(response))[0].body, 307);
  assert.deepEqual(sent, ['manual']); // Workers refuse 'error'.
});

test('the server of Node streams, and notices that its client is gone', async () => {
  let closed;
  const ended = new Promise((go) => { closed = go; });
  const server = await serve(agentFunction({ secrets: null, actions: { a: { async* run() { try { for (;;) { yield 'x'.repeat(100); await new Promise(setImmediate); } } finally { closed(); } } } } }),
    { port: 0, host: '127.0.0.1' });
  try {
    const stop = new AbortController();
    const response = await fetch(`http://127.0.0.1:${server.address().port}/any`, { method: 'POST', body: body({ result: 'text' }), signal: stop.signal });
    const { value } = await response.body.getReader().read();
    assert.equal(value[0], 0x52);
    stop.abort();
    await ended;
  }
  finally { server.closeAllConnections(); server.close(); }
});

test('the server of Node cancels an answer that comes after its client has gone', async () => {
  let came, go, cancelled;
  const begun = new Promise((tell) => { came = tell; });
  const gone = new Promise((tell) => { go = tell; });
  const ended = new Promise((tell) => { cancelled = tell; });
  const worker = { async fetch() { came(); await gone; return new Response(new ReadableStream({ cancel() { cancelled(); } })); } };
  const server = await serve(worker, { port: 0, host: '127.0.0.1' });
  server.prependListener('request', (req, res) => res.once('close', go));
  try {
    const stop = new AbortController();
    const answer = fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body: 'x', signal: stop.signal });
    await begun;
    stop.abort();
    await assert.rejects(answer);
    await ended;
  }
  finally { server.closeAllConnections(); server.close(); }
});

test('pauses of an answer in Node leave no listeners', async () => {
  let most = 0;
  let pauses = 0;
  const piece = new Uint8Array(256 * 1024);
  const worker = { fetch: async () => new Response(new ReadableStream({ pull(to) { if (pauses < 40) to.enqueue(piece); else to.close(); } })) };
  const server = await serve(worker, { port: 0, host: '127.0.0.1' });
  server.prependListener('request', (req, res) => res.on('drain', () => { pauses++; most = Math.max(most, res.listenerCount('close')); }));
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body: 'x' });
    for await (const chunk of response.body) assert.ok(chunk.length > 0);
    assert.ok(pauses >= 40);
    assert.ok(most <= 6, `${most} listeners`);
  }
  finally { server.closeAllConnections(); server.close(); }
});
