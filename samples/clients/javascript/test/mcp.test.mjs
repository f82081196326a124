import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client as StatelessClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as StatelessTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { cbor } from '../src/cbor.js';
import { fields } from './fake.mjs';
import { startServer } from './server.mjs';
import { DEFINE } from '../src/numbers.js';

const bin = fileURLToPath(new URL('../bin/agentsocket-mcp.mjs', import.meta.url));
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d);
const actions = {
  'weather.current': {
    descriptor: {
      title: 'Weather', description: 'Current weather', hints: { readOnly: true, openWorld: false },
      input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      output: { type: 'object', properties: { temp: { type: 'number' }, city: { type: 'string' } } },
    },
    run: ({ args, value }) => value({ temp: 21.5, city: args.city }),
  },
  'files/list': { descriptor: { result: 'items' }, run: ({ item, end }) => (item({ n: 1 }), item({ n: 2 }), end()) },
  // The client drops reports that arrive together with the result: the end waits until they were seen.
  watched: {
    descriptor: { result: 'items' },
    run: async ({ item, end }) => {
      const seen = new Promise((resolve) => {
        actions.watched.seen = resolve;
      });
      item({ n: 1 });
      item({ n: 2 });
      await seen;
      end();
    },
  },
  'text.write': { descriptor: { result: 'text' }, run: ({ text, end }) => (text('The '), text('end'), end()) },
  'image.draw': { descriptor: { result: 'bytes' }, run: ({ bytes }) => bytes(PNG) },
  nothing: { descriptor: { result: 'none' }, run: ({ end }) => end() },
  slow: { run: ({ progress }) => progress(1, 4, 'begun') },
  fails: { run: ({ error }) => error(3, 'The arguments do not fit', 0, { violations: [{ pointer: '/day', rule: 'Future', message: 'must be in the future' }] }) },
  breaks: { run: ({ error }) => error(13, 'The action failed', 2, { correlation: 'c-17' }) },
  asks: { run: async ({ ask, value }) => value(await ask(1, { prompt: 'Which size?', schema: { type: 'string', enum: ['S', 'L'] } })) },
  'asks.form': { run: async ({ ask, value }) => value(await ask(1, { prompt: 'Where?', schema: { type: 'object', properties: { street: { type: 'string' }, number: { type: 'integer' } }, required: ['street'] } })) },
  approves: { run: async ({ ask, value }) => value(await ask(4, { action: 'approves', arguments: { path: '/' }, prompt: 'Delete all?' })) },
};

let server;
before(async () => {
  server = await startServer(actions, { token: 'secret' });
});
after(() => server.close());

async function legacy(body, capabilities = { elicitation: {} }) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  const transport = new StdioClientTransport({ command: process.execPath, args: [bin, server.uri], env: { ...process.env, AGENTSOCKET_TOKEN: 'secret' }, stderr: 'pipe' });
  await client.connect(transport);
  try {
    await body(client);
  } finally {
    await client.close();
  }
}

async function stateless(body) {
  const client = new StatelessClient({ name: 'test', version: '1' }, { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new StatelessTransport({ command: process.execPath, args: [bin, server.uri], env: { ...process.env, AGENTSOCKET_TOKEN: 'secret' }, stderr: 'pipe' }));
  try {
    await body(client);
  } finally {
    await client.close();
  }
}

test('actions are tools, with schemas and annotations', () => legacy(async (client) => {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).slice(0, 2), ['weather.current', 'files_list']);
  const [weather] = tools;
  assert.deepEqual(weather.annotations, { title: 'Weather', readOnlyHint: true, openWorldHint: false });
  assert.deepEqual(weather.inputSchema, actions['weather.current'].descriptor.input);
  assert.deepEqual(weather.outputSchema.type, 'object');
  assert.equal(client.getServerVersion().name, 'agentsocket-mcp');
  assert.equal(client.getServerCapabilities().tools.listChanged, true);
}));

test('results have their forms', () => legacy(async (client) => {
  const call = (name, args = {}) => client.callTool({ name, arguments: args });
  const weather = await call('weather.current', { city: 'Ulm' });
  assert.deepEqual(weather.structuredContent, { temp: 21.5, city: 'Ulm' });
  assert.deepEqual(JSON.parse(weather.content[0].text), { temp: 21.5, city: 'Ulm' });
  assert.deepEqual((await call('files_list')).content, [{ type: 'text', text: '[{"n":1},{"n":2}]' }]);
  assert.deepEqual((await call('text.write')).content, [{ type: 'text', text: 'The end' }]);
  assert.deepEqual((await call('nothing')).content, []);
  assert.deepEqual((await call('image.draw')).content, [{ type: 'image', data: Buffer.from(PNG).toString('base64'), mimeType: 'image/png' }]);
}));

test('errors are told to the model, with violations', () => legacy(async (client) => {
  const bad = await client.callTool({ name: 'fails', arguments: {} });
  assert.equal(bad.isError, true);
  assert.equal(bad.content[0].text, 'INVALID_ARGUMENT: The arguments do not fit\n/day: must be in the future');
  const broken = await client.callTool({ name: 'breaks', arguments: {} });
  assert.equal(broken.content[0].text, 'INTERNAL: The action failed\nThe action may have run, at least in part.\nCorrelation id: c-17');
  await assert.rejects(client.callTool({ name: 'nobody', arguments: {} }), { code: -32602 });
  await assert.rejects(client.listPrompts(), { message: /support prompts|not found/i });
}));

test('items and reports are progress', () => legacy(async (client) => {
  const seen = [];
  const onprogress = (progress) => seen.push(progress) === 2 && actions.watched.seen();
  await client.callTool({ name: 'watched', arguments: {} }, CallToolResultSchema, { onprogress });
  assert.deepEqual(seen.map(({ progress, message }) => [progress, message]), [[1, '{"n":1}'], [2, '{"n":2}']]);
}));

test('a cancelled call interrupts the action', () => legacy(async (client) => {
  const controller = new AbortController();
  const before = server.interrupted.length;
  const call = client.callTool({ name: 'slow', arguments: {} }, CallToolResultSchema, { signal: controller.signal, onprogress: () => controller.abort() });
  await assert.rejects(call);
  await client.ping();
  await client.callTool({ name: 'nothing', arguments: {} });
  assert.equal(server.interrupted.length, before + 1);
}));

test('questions are elicitations', () => legacy(async (client) => {
  const answers = [
    { action: 'accept', content: { value: 'L' } }, { action: 'decline' }, { action: 'accept', content: { street: 'Main', number: 3 } },
    { action: 'accept', content: { approve: true } }, { action: 'accept', content: { approve: false } }, { action: 'cancel' },
  ];
  const asked = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return answers.shift();
  });
  const call = async (name) => JSON.parse((await client.callTool({ name, arguments: {} })).content[0].text);
  assert.deepEqual(await call('asks'), { outcome: 'answer', value: 'L' });
  assert.equal(asked[0].message, 'Which size?');
  assert.deepEqual(asked[0].requestedSchema.properties.value.enum, ['S', 'L']);
  assert.deepEqual(await call('asks'), { outcome: 'decline' });
  assert.deepEqual(await call('asks.form'), { outcome: 'answer', value: { street: 'Main', number: 3 } });
  assert.deepEqual(await call('approves'), { outcome: 'approve' });
  assert.deepEqual(await call('approves'), { outcome: 'decline' });
  assert.deepEqual(await call('approves'), { outcome: 'cancel' });
  assert.match(asked.at(-1).message, /Delete all\?[^]*approves \{"path":"\/"\}/);
}));

test('a client that answers no questions declines them', () => legacy(async (client) => {
  assert.deepEqual(JSON.parse((await client.callTool({ name: 'asks', arguments: {} })).content[0].text), { outcome: 'decline' });
}, {}));

test('a change of the catalog is told', () => legacy(async (client) => {
  const changed = new Promise((resolve) => client.setNotificationHandler(ToolListChangedNotificationSchema, resolve));
  await client.listTools();
  actions['late.action'] = { run: ({ end }) => end() };
  server.connections.at(-1).send(fields(DEFINE, 0, [16, 11], [...new TextEncoder().encode('late.action'), ...cbor.encode({ input: { type: 'object' } })]));
  await changed;
  const { tools } = await client.listTools();
  delete actions['late.action'];
  assert.ok(tools.some(({ name }) => name === 'late.action'));
}));

test('without initialize: tools, results, progress and errors', () => stateless(async (client) => {
  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'weather.current'));
  assert.deepEqual((await client.callTool({ name: 'weather.current', arguments: { city: 'Ulm' } })).structuredContent, { temp: 21.5, city: 'Ulm' });
  const seen = [];
  await client.callTool({ name: 'watched', arguments: {} }, { onprogress: ({ progress }) => seen.push(progress) === 2 && actions.watched.seen() });
  assert.deepEqual(seen, [1, 2]);
  assert.equal((await client.callTool({ name: 'fails', arguments: {} })).isError, true);
  await assert.rejects(client.callTool({ name: 'nobody', arguments: {} }), { code: -32602 });
}));

test('without initialize: a question ends the request, and its answer goes on with the same call', () => stateless(async (client) => {
  const answers = [{ action: 'accept', content: { value: 'S' } }, { action: 'accept', content: { approve: true } }];
  client.setRequestHandler('elicitation/create', () => answers.shift());
  const call = async (name) => JSON.parse((await client.callTool({ name, arguments: {} })).content[0].text);
  assert.deepEqual(await call('asks'), { outcome: 'answer', value: 'S' });
  assert.deepEqual(await call('approves'), { outcome: 'approve' });
}));

/** Runs a program to its end; gives its exit code and what it wrote. */
async function run(args, env) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { code: await new Promise((resolve) => child.on('close', resolve)), output };
}

// `npm ci --ignore-scripts` in samples/conformance/mcp installs it.
const inspector = fileURLToPath(new URL('../../../conformance/mcp/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url));
const inspect = (...options) => run([inspector, '--cli', process.execPath, bin, server.uri, '-e', 'AGENTSOCKET_TOKEN=secret', ...options]);

test('the command line of the MCP Inspector lists and calls', { skip: !existsSync(inspector) && 'the Inspector is not installed' }, async () => {
  const listed = await inspect('--method', 'tools/list');
  assert.equal(listed.code, 0, listed.output);
  const { tools } = JSON.parse(listed.output.slice(listed.output.indexOf('{')));
  assert.deepEqual(tools.map(({ name }) => name).slice(0, 2), ['weather.current', 'files_list']);
  const called = await inspect('--method', 'tools/call', '--tool-name', 'weather.current', '--tool-arg', 'city=Ulm');
  assert.equal(called.code, 0, called.output);
  assert.match(called.output, /"temp": 21\.5/);
  const failed = await inspect('--method', 'tools/call', '--tool-name', 'fails');
  assert.match(failed.output, /INVALID_ARGUMENT: The arguments do not fit/);
});

test('a server that refuses ends the program with a reason', async () => {
  const { code, output } = await run([bin, server.uri], { AGENTSOCKET_TOKEN: 'wrong' });
  assert.equal(code, 1);
  assert.match(output, /4501, no valid token/);
});
