import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { questionForm } from '../mcp/questions.mjs';
import { startServer } from './server.mjs';

const bin = fileURLToPath(new URL('../bin/agentsocket-mcp.mjs', import.meta.url));
const descriptor = { input: { type: 'object' } };
const actions = {
  echo: { descriptor, run: ({ args, value }) => value(args) },
  slow: { descriptor, run() {} },
  steps: { descriptor, run: ({ progress, value }) => (progress(1, 2, 'half'), value('done')) },
  flood: { descriptor: { ...descriptor, result: 'text' }, run: ({ text, end }) => (text('x'.repeat(10_000)), end()) },
  empties: { descriptor: { ...descriptor, result: 'items' }, run: ({ item, end }) => { for (let i = 0; i < 30; i++) item(''); end(); } },
  'bytes/inside': {
    descriptor: { input: { type: 'object' }, output: { type: 'object' } },
    run: ({ value }) => value({ blob: Uint8Array.of(1, 2, 3) }),
  },
  asks: { descriptor, run: async ({ ask, value }) => value(await ask(1, { prompt: 'Which size?', schema: { type: 'object', properties: null } })) },
  'asks.twice': { descriptor, run: async ({ ask, value }) => value(await Promise.all([ask(1, { prompt: 'First?' }), ask(1, { prompt: 'Second?' })])) },
};

let server;
before(async () => {
  server = await startServer(actions);
});
after(() => server.close());

/** The program, and a host that writes lines to it as they are given. */
async function odd(body, uri = server.uri) {
  const child = spawn(process.execPath, [bin, uri]);
  const lines = [], waiting = [];
  let errors = '', rest = '';
  child.stderr.on('data', (chunk) => { errors += chunk; });
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const all = (rest + chunk).split('\n');
    rest = all.pop();
    for (const line of all) {
      const message = JSON.parse(line), at = waiting.findIndex(({ wanted }) => wanted(message));
      if (at < 0) lines.push(message);
      else waiting.splice(at, 1)[0].resolve(message);
    }
  });
  const exit = new Promise((resolve) => child.on('close', resolve));
  // Nobody waits for a program that is gone.
  exit.then((code) => { for (const { reject } of waiting) reject(new Error(`The program has ended with ${code}: ${errors}`)); });
  const host = {
    child, lines, exit, errors: () => errors,
    write: (text) => child.stdin.write(text),
    send: (...messages) => host.write(messages.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join('')),
    /** The next message that fits; those that nobody waits for are kept in `lines`. */
    next(wanted) {
      const at = lines.findIndex(wanted);
      return at < 0 ? new Promise((resolve, reject) => waiting.push({ wanted, resolve, reject })) : Promise.resolve(lines.splice(at, 1)[0]);
    },
    async ask(message) {
      host.send(message);
      return host.next(({ id, method }) => id === message.id && !method);
    },
  };
  try {
    await body(host);
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}

const call = (id, name, args = {}, _meta) => ({ id, method: 'tools/call', params: { name, arguments: args, _meta } });

test('requests of odd form are refused, each with its own error, and the next one is answered', () => odd(async ({ write, send, ask, next, lines, errors }) => {
  assert.equal((await ask({ id: 0, method: 'tools/list' })).result.tools.length, Object.keys(actions).length); // before initialize
  for (const line of ['', '{', '[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', '5', 'null', '"x"', '{}', '{"id":null,"method":"ping"}', '{"id":{},"method":"ping"}', '{"id":1,"method":5}', '\u0000']) write(`${line}\n`);
  write('{"jsonrpc":"2.0","id":"unknown","result":{}}\n{"id":"as-1","error":null}\n{"id":"as-2","error":5}\n{"method":"notifications/cancelled"}\n{"method":"notifications/cancelled","params":{"requestId":{}}}\n{"method":"x","params":7}\n');
  assert.deepEqual((await ask({ id: 'last', method: 'ping' })).result, {});
  assert.deepEqual(lines.splice(0).map(({ id, error }) => [id, error.code]), [-32700, -32600, -32600, -32600, -32600, -32600, -32600, -32600, -32600, -32700].map((code) => [null, code]));
  for (const params of [null, [], 5, 'x', true]) assert.equal((await ask({ id: 2, method: 'tools/call', params })).error.code, -32602);
  for (const args of [[], 5, 'x']) assert.equal((await ask(call(3, 'echo', args))).error.code, -32602);
  for (const name of [undefined, null, 5, {}, 'constructor', '__proto__']) assert.equal((await ask(call(4, name))).error.code, -32602);
  for (const params of [{ _meta: null }, { _meta: 5 }, { _meta: { progressToken: null } }, { arguments: null }]) {
    assert.equal((await ask({ id: 5, method: 'tools/call', params: { name: 'echo', ...params } })).result.content[0].text, '{}');
  }
  assert.equal((await ask({ id: 6, method: 'initialize', params: { protocolVersion: 5, capabilities: null } })).result.protocolVersion, '2025-11-25');
  assert.equal((await ask({ id: 7, method: 'no/such', params: {} })).error.code, -32601);
  send({ id: 8, method: 'subscriptions/listen', params: { notifications: null } });
  await next(({ method }) => method === 'notifications/subscriptions/acknowledged');
  assert.equal((await ask(call(9, 'echo', { text: '\ud800' }))).result.isError, true);
  assert.equal((await ask(call(10, 'echo', {}, { 'io.agentsocket/callKey': 'k'.repeat(500) }))).result?.isError, true);
  assert.equal(errors(), '');
}));

test('a line without end is refused once, in bounded memory, and costs nothing else', () => odd(async ({ write, ask, next, child }) => {
  const piece = ' '.repeat(1 << 20);
  for (let i = 0; i < 40; i++) if (!write(piece)) await new Promise((go) => child.stdin.once('drain', go));
  write('\n');
  assert.equal((await next(({ id }) => id === null)).error.code, -32600);
  assert.deepEqual((await ask(call(1, 'echo', { n: 1 }))).result.content[0].text, '{"n":1}');
}));

test('a call that is cancelled at once is not answered', () => odd(async ({ send, ask, lines }) => {
  await ask({ id: 1, method: 'tools/list' });
  send(call(2, 'slow'), { method: 'notifications/cancelled', params: { requestId: 2 } }, call('c', 'slow'), { method: 'notifications/cancelled', params: { requestId: 'c' } }, { method: 'notifications/cancelled', params: { requestId: 'c' } });
  assert.equal((await ask(call(3, 'steps'))).result.content[0].text, 'done');
  assert.deepEqual(lines, []);
}));

test('a host that leaves in the middle of a call ends the program and the session', async () => {
  for (const leave of [({ child }) => child.stdin.end(), ({ child }) => child.kill('SIGTERM')]) {
    await odd(async (host) => {
      host.send(call(1, 'slow'));
      await host.ask(call(2, 'echo'));
      const before = server.ended;
      leave(host);
      assert.equal(await host.exit, 0);
      assert.equal(server.ended, before + 1);
      assert.equal(host.errors(), '');
    });
  }
});

test('a host that reads no more ends the program, with one line', () => odd(async (host) => {
  await host.ask(call(1, 'echo'));
  host.child.stdout.destroy();
  host.child.stdin.on('error', () => {});
  for (let i = 2; i < 50; i++) host.send(call(i, 'flood'));
  assert.equal(await host.exit, 1);
  assert.match(host.errors(), /^agentsocket-mcp: write (EPIPE|ECONNRESET)\n$/);
}));

test('progress goes to tokens that are there, 0 and an empty text among them', () => odd(async ({ ask, lines }) => {
  for (const progressToken of [0, '', 'p']) {
    await ask(call(`c${progressToken}`, 'steps', {}, { progressToken }));
    assert.deepEqual(lines.splice(0).map(({ method, params }) => [method, params]), [['notifications/progress', { progressToken, progress: 1, total: 2, message: 'half' }]]);
  }
  for (const progressToken of [null, {}, [], true]) await ask(call(1, 'steps', {}, { progressToken }));
  assert.deepEqual(lines, []);
}));

test('bytes in a value are base64, and empty items are counted', () => odd(async ({ ask }) => {
  const { result } = await ask(call(1, 'bytes_inside'));
  assert.deepEqual([result.content[0].text, result.structuredContent], ['{"blob":"AQID"}', { blob: 'AQID' }]);
  assert.equal(JSON.parse((await ask(call(2, 'empties'))).result.content[0].text).length, 30);
}));

test('a question that the host refuses, or has no form for, is declined', () => odd(async ({ ask, send, next, errors }) => {
  const declined = '{"outcome":"decline"}';
  for (const elicitation of [undefined, null, 5, true, { url: {} }]) {
    await ask({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: { elicitation } } });
    assert.equal((await ask(call(2, 'asks'))).result.content[0].text, declined);
  }
  assert.equal(errors(), '');
  for (const elicitation of [{}, { form: {} }, { form: {}, url: {} }]) {
    await ask({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: { elicitation } } });
    for (const answer of [{ error: { code: -32601, message: 'Method not found\u001b[2J' } }, { error: 5 }, { result: { action: 'decline' } }]) {
      send(call(3, 'asks'));
      const { id } = await next(({ method }) => method === 'elicitation/create');
      send({ id, ...answer });
      assert.equal((await next((message) => message.id === 3)).result.content[0].text, declined);
    }
    for (const result of [null, 5, {}, { action: 7 }]) {
      send(call(4, 'asks'));
      const { id } = await next(({ method }) => method === 'elicitation/create');
      send({ id, result });
      assert.equal((await next((message) => message.id === 4)).result.content[0].text, '{"outcome":"cancel"}');
    }
  }
  assert.equal(errors().split('\n').length, 7);
  assert.ok(!errors().includes('\u001b'));
}));

test('a form requires the texts of a list', () => {
  for (const [required, kept] of [[['a', 5], ['a']], ['a', undefined], [{ a: true }, undefined]]) {
    assert.deepEqual(questionForm({ prompt: 'p', schema: { type: 'object', properties: { a: { type: 'string' } }, required } }).params.requestedSchema.required, kept);
  }
});

test('without initialize, two questions at once are put one after the other', () => odd(async ({ ask }) => {
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } }, progressToken: 'p' };
  const first = (await ask(call(1, 'asks.twice', {}, meta))).result;
  const answered = ({ requestState }, value) => ({ id: 2, method: 'tools/call', params: { name: 'asks.twice', _meta: meta, requestState, inputResponses: { question: { action: 'accept', content: { value } } } } });
  const second = (await ask(answered(first, 'one'))).result;
  assert.deepEqual([first, second].map(({ resultType, inputRequests }) => [resultType, inputRequests.question.params.message]), [['input_required', 'First?'], ['input_required', 'Second?']]);
  const { result } = await ask(answered(second, 'two'));
  assert.deepEqual(JSON.parse(result.content[0].text).map(({ value }) => value), ['one', 'two']);
  assert.equal((await ask(answered(second, 'again'))).error.code, -32602);
}));

test('the tools are those of the server that is there after a restart', async () => {
  const changing = { before: { descriptor, run: ({ end }) => end() } };
  const restarting = await startServer(changing);
  restarting.ttl = 0; // the session is gone with its connection
  try {
    await odd(async ({ ask, next, lines }) => {
      const names = async () => (await ask({ id: 1, method: 'tools/list' })).result.tools.map(({ name }) => name);
      await ask({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } });
      assert.deepEqual(await names(), ['before']);
      delete changing.before;
      changing.after = { descriptor, run: ({ end }) => end() };
      restarting.hash = 'other';
      restarting.connections.at(-1).socket.onclose();
      await next(({ method }) => method === 'notifications/tools/list_changed');
      assert.deepEqual(await names(), ['after']);
      restarting.connections.at(-1).socket.onclose();
      while (restarting.connections.length < 3) await new Promise((go) => setTimeout(go, 5));
      assert.deepEqual(await names(), ['after']);
      assert.deepEqual(lines, []); // the same catalog is no news
    }, restarting.uri);
  } finally {
    await restarting.close();
  }
});

test('members of wrong types in one action do not cost a host the others', async () => {
  const strange = {
    odd: { descriptor: { title: 5, description: {}, hints: { readOnly: 'yes', destructive: null, idempotent: true }, input: { type: 'array', properties: { any: true, none: false, one: { type: 'string' } }, required: ['one', 5] }, output: { type: 'object', properties: 7 } }, run: ({ value }) => value({ one: 1 }) },
    odder: { descriptor: { hints: 7, input: 7, output: 'x' }, run: ({ end }) => end() },
    'not a name': { descriptor, run() {} },
    good: { descriptor, run: ({ value }) => value(1) },
  };
  const own = await startServer(strange);
  const client = new Client({ name: 'test', version: '1' }, {});
  try {
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [bin, own.uri], stderr: 'pipe' }));
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), ['odd', 'odder', 'good']);
    assert.deepEqual(tools[0].inputSchema, { type: 'object', properties: { any: {}, none: { not: {} }, one: { type: 'string' } }, required: ['one'] });
    assert.deepEqual(tools[0].annotations, { idempotentHint: true });
    assert.deepEqual((await client.callTool({ name: 'good', arguments: {} })).content, [{ type: 'text', text: '1' }]);
  } finally {
    await client.close();
    await own.close();
  }
});
