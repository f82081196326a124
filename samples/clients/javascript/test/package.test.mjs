import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { manifest, root, size } from './sizes.mjs';
import { startServer } from './server.mjs';

const run = promisify(execFile);
const bytesOf = async (...entries) => (await size(entries)).bytes;

// KB of each entry, those with a plus beside the core: nobody adds to them without noticing, and the README says the same.
const SIZES = { './calls': 10.6, '.': 14.25, './full': 18.6, './cbor': 1.3, './offer': 2.7, './items': 0.6, './node': 0.2, './messages': 1.4, './trace': 0.4 };

for (const [entry, most] of Object.entries(SIZES)) {
  test(`${entry} has at most ${most} KB, and the README says how many`, async (t) => {
    const alone = ['./calls', '.', './full'].includes(entry);
    const bytes = alone ? await bytesOf(entry) : (await bytesOf('.', entry)) - (await bytesOf('.'));
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes <= most * 1024, `${bytes}`);
    const name = entry === '.' ? 'agentsocket' : `agentsocket${entry.slice(1)}`;
    const row = new RegExp(`^\\| \`${name}\` \\| \\+?([0-9.]+) \\|`, 'm').exec(await readFile(join(root, 'README.md'), 'utf8'));
    assert.ok(Math.abs(row[1] - bytes / 1024) < 0.15, `README.md: ${name} has ${(bytes / 1024).toFixed(1)} KB`);
  });
}

test('no entry loads another one\'s code', async () => {
  const plugIns = ['cbor', 'offers', 'streaming', 'outbox', 'sending', 'node', 'messages', 'trace'];
  for (const [entry, files] of [['index', plugIns], ['calls', [...plugIns, 'whole', 'events', 'remote', 'questions', 'renewal', 'runs', 'run', 'page']]]) {
    const { metafile } = await build({ entryPoints: [join(root, `src/${entry}.js`)], bundle: true, write: false, metafile: true, format: 'esm', absWorkingDir: root });
    const loaded = Object.keys(metafile.inputs);
    for (const file of files) assert.ok(!loaded.includes(`src/${file}.js`), `${entry}: ${file}`);
  }
});

test('the package holds what is needed and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [{ files, name, version }] = [JSON.parse(stdout)].flat();
  assert.deepEqual([name, version], ['agentsocket', '0.1.0']);
  const paths = files.map(({ path }) => path).sort();
  const sources = async (folder) => (await readdir(join(root, folder))).map((file) => `${folder}/${file}`);
  const expected = ['LICENSE', 'README.md', 'package.json', ...(await sources('src')), ...(await sources('types')), ...(await sources('bin')), ...(await sources('mcp'))].sort();
  assert.deepEqual(paths, expected);
  assert.equal(manifest.dependencies, undefined);
  for (const { types, default: code } of Object.values(manifest.exports)) {
    assert.ok(paths.includes(types.slice(2)));
    assert.ok(paths.includes(code.slice(2)));
  }
  for (const bin of Object.values(manifest.bin)) assert.ok((await readFile(join(root, bin), 'utf8')).startsWith('#!/usr/bin/env node\n'));
});

test('the lock file names no registry, and no source file is long', async () => {
  assert.doesNotMatch(await readFile(join(root, 'package-lock.json'), 'utf8'), /resolved/);
  for (const folder of ['src', 'mcp', 'bin', 'conformance', 'types']) {
    for (const file of await readdir(join(root, folder))) {
      const lines = (await readFile(join(root, folder, file), 'utf8')).split('\n').length;
      assert.ok(lines <= 350, `${folder}/${file} has ${lines} lines`);
    }
  }
});

test('types are strict, and mistakes are found', () => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'test/tsconfig.json')]).catch(({ stdout }) => assert.fail(stdout)));

const actions = {
  'weather.current': {
    descriptor: { description: 'Weather */ of a city', input: { type: 'object', properties: { city: { type: 'string' }, days: { type: ['integer', 'null'] } }, required: ['city'] }, output: { $ref: '#/$defs/W', $defs: { W: { type: 'object', properties: { temperature: { type: 'number' }, next: { $ref: '#/$defs/W' } }, required: ['temperature'] } } } },
    run: async ({ ask, value, args }) => {
      const { value: state } = await ask(1, { prompt: 'Which state?' });
      value({ temperature: 21.5, city: `${args.city}, ${state}` });
    },
  },
  'llm.tokens': {
    descriptor: { result: 'text' },
    run: async ({ text, args, interrupted }) => {
      for (let word = 1; word <= args.n / 3; word++) text(`${word} `);
      await interrupted; // the example stops it
    },
  },
  'weather.forecast': {
    descriptor: { result: 'items', input: { type: 'object', properties: {} } },
    run: async ({ item, interrupted }) => {
      for (let day = 1; day <= 6; day++) item({ temperature: 20 + day });
      await interrupted; // the example stops it
    },
  },
};

/** What npm would publish, installed in an empty project that knows nothing of this folder. */
async function installed(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = [JSON.parse(stdout)].flat();
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', join(folder, filename)], { cwd: folder });
  // The two that an application brings with it; they are those of this folder, so that no registry is asked.
  for (const other of ['ws', 'typescript']) await symlink(join(root, 'node_modules', other), join(folder, 'node_modules', other));
}

test('the package that npm would publish runs the example of the README, and has strict types', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const example = /<!-- example: begin -->\n```js\n([^]*?)```/.exec(readme)[1];
  assert.ok(example.split('\n').filter(Boolean).length <= 15);
  const server = await startServer(actions);
  const folder = await mkdtemp(join(tmpdir(), 'agentsocket-'));
  try {
    await installed(folder);
    await writeFile(join(folder, 'example.js'), example.replace('ws://localhost:8080/agentsocket', server.uri));
    const { stdout, stderr } = await run(process.execPath, ['example.js'], { cwd: folder });
    assert.equal(stdout, 'Springfield, ILLINOIS\n1 2 3 4 5 6 ');
    assert.equal(stderr, '');
    assert.equal(server.interrupted.length, 1);
    await writeFile(join(folder, 'types.ts'), await readFile(join(root, 'test/types.ts'), 'utf8'));
    await writeFile(join(folder, 'tsconfig.json'), await readFile(join(root, 'test/tsconfig.json'), 'utf8'));
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { cwd: folder }).catch(({ stdout: problems }) => assert.fail(problems));
    const { stdout: written } = await run(join(folder, 'node_modules/.bin/agentsocket-types'), [server.uri], { cwd: folder });
    assert.match(written, /weather\.current/);
  } finally {
    await rm(folder, { recursive: true });
    await server.close();
  }
});

// What a server may write without meaning well.
const odd = Object.fromEntries([
  { $ref: '#/%' }, { $ref: 5 }, { $ref: '#' }, { $ref: 'http://other.example/' }, { type: 'object', properties: null }, { type: 'object', properties: 'abc', required: null },
  { properties: { ['__proto__']: { type: 'string' }, 'a\'b*/`${1}\u2028': { type: 'string', description: '*/ }; evil(); /*' } }, required: { includes: 5 } },
  { type: 'object', required: 'a', properties: { a: true, b: false, c: 5, d: null } }, { enum: [] }, { enum: ['*/', "'", -1, 1e21, null, true, {}, []] }, { const: -0 },
  { type: [['object'], 'string', 5] }, { anyOf: [null, 5] }, { oneOf: 5 }, { allOf: [] }, { allOf: [null, {}] }, { type: 'array', items: 5 }, { type: 'array', prefixItems: [null] },
  { type: 'object', additionalProperties: [] }, { type: 'object', additionalProperties: null }, [], 5, 'x', true,
].map((schema, i) => [`odd.n${i}`, { descriptor: { title: 5, description: { a: '*/' }, input: schema, output: schema, items: schema, result: i % 2 ? 'value' : 7 } }]));

test('agentsocket-types writes types that compile', async () => {
  const server = await startServer({ ...actions, ...odd, 'no name': {} });
  const folder = await mkdtemp(join(tmpdir(), 'agentsocket-'));
  try {
    const out = join(folder, 'actions.ts');
    await run(process.execPath, [join(root, 'bin/agentsocket-types.mjs'), server.uri, '--out', out]);
    const written = await readFile(out, 'utf8');
    assert.match(written, /city: string;\n {6}days\?: number \| null;/);
    assert.ok(Object.keys(odd).every((name) => written.includes(`"${name}": {`)) && !written.includes('no name'));
    await writeFile(join(folder, 'use.ts'), `import type { TypedAgent } from './actions.js';
export async function use(agent: TypedAgent) {
  const { temperature } = await agent.invoke('weather.current', { city: 'Ulm', days: null });
  temperature.toFixed();
  for await (const day of agent.invoke('weather.forecast')) void day;
  // @ts-expect-error no city
  agent.invoke('weather.current');
  // @ts-expect-error no such action
  agent.invoke('weather.past', {});
}
`);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: join(root, 'test/tsconfig.json'), files: ['use.ts'],
      compilerOptions: { paths: { agentsocket: [join(root, 'types/index.d.ts')] }, module: 'esnext', moduleResolution: 'bundler' },
    }));
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(({ stdout }) => assert.fail(stdout));
  } finally {
    await rm(folder, { recursive: true });
    await server.close();
  }
});
