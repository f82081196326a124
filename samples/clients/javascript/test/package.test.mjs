import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { startServer } from './server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

async function size(source) {
  const { outputFiles } = await build({ stdin: { contents: source, resolveDir: root }, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test('the package is small', async (t) => {
  const core = await size("export * from './src/index.js'");
  const both = await size("export * from './src/index.js'; export * from './src/cbor.js'");
  t.diagnostic(`${core} bytes, with CBOR ${both}`);
  assert.ok(core <= 19456, `${core}`); // 19 KiB, so that nobody adds to it without noticing
  assert.ok(both - core <= 2048, `${both - core}`);
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
      await ask(1, { prompt: 'Which state?' });
      value({ temperature: 21.5, city: args.city });
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

test('the example of the README runs', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const example = /<!-- example: begin -->\n```js\n([^]*?)```/.exec(readme)[1];
  assert.ok(example.split('\n').filter(Boolean).length <= 15);
  const server = await startServer(actions);
  const file = join(root, 'test', '.example.mjs');
  try {
    const source = example.replace("'agentsocket'", "'../src/full.js'").replace("'agentsocket/cbor'", "'../src/cbor.js'").replace('ws://localhost:8080/agentsocket', server.uri);
    await writeFile(file, source);
    const { stdout, stderr } = await run(process.execPath, [file]);
    assert.deepEqual(stdout.trim().split('\n'), ['21.5', '21', '22', '23', '24', '25', '26']);
    assert.equal(stderr, '');
    assert.equal(server.interrupted.length, 1);
  } finally {
    await rm(file, { force: true });
    await server.close();
  }
});

test('agentsocket-types writes types that compile', async () => {
  const server = await startServer(actions);
  const folder = await mkdtemp(join(tmpdir(), 'agentsocket-'));
  try {
    const out = join(folder, 'actions.ts');
    await run(process.execPath, [join(root, 'bin/agentsocket-types.mjs'), server.uri, '--out', out]);
    const written = await readFile(out, 'utf8');
    assert.match(written, /city: string;\n {6}days\?: number \| null;/);
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
