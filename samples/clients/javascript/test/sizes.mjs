/**
 * Sizes as applications load them: minified and compressed. Run alone, it prints what each module costs:
 * `node test/sizes.mjs`.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const CONSTANTS = ['numbers', 'texts', 'keys']; // their values are in the modules that use them

/** A module that exports the same names, and does nothing. */
async function hollow(path) {
  const source = await readFile(path, 'utf8');
  const names = [...source.matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm)].map(([, name]) => name);
  return names.length ? { contents: `export let ${names.join(', ')};` } : undefined; // an entry alone
}

/** Bytes of entries; without a module, if one is named. */
export async function size(entries, without) {
  const source = [entries].flat().map((entry) => `export * from './${manifest.exports[entry].default}';`).join('\n');
  const leaving = {
    name: 'without',
    setup: ({ onLoad }) => onLoad({ filter: /\.js$/ }, ({ path }) => (basename(path, '.js') === without ? hollow(path) : undefined)),
  };
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: root }, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, metafile: true, logLevel: 'silent', plugins: without ? [leaving] : [],
  });
  return { bytes: gzipSync(outputFiles[0].contents, { level: 9 }).length, modules: Object.keys(metafile.inputs).filter((path) => path.endsWith('.js')).map((path) => basename(path, '.js')) };
}

/** What each module of an entry costs: bytes without which the entry would be. */
export async function costs(entry) {
  const whole = await size(entry);
  const of = {};
  for (const name of whole.modules.filter((module) => !CONSTANTS.includes(module))) of[name] = whole.bytes - (await size(entry, name)).bytes;
  return of;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const entry of ['./calls', '.', './full']) {
    const { bytes } = await size(entry);
    const rows = Object.entries(await costs(entry)).filter(([, cost]) => cost > 30).sort(([, a], [, b]) => b - a);
    console.log(`${entry} ${(bytes / 1024).toFixed(2)} KB: ${rows.map(([name, cost]) => `${name} ${cost}`).join(', ')}`);
  }
}
