/**
 * Plays the cases of docs/conformance.md with the minified client in Chromium, and prints a line of JSON for each case. Each is played in
 * one codec, JSON where it may be: a page is not faster than its browser, and Node plays both. The options are those of
 * `conformance/driver.mjs`.
 */
import { options } from '../conformance/options.mjs';
import { Chromium } from './chromium.mjs';
import { startSite, through } from './site.mjs';

// A browser hides the status of a refused upgrade and its headers: no page can do what these cases expect.
const isHidden = ({ id, server }) => id === 'handshake.bad-token' || id.startsWith('refusal.') || JSON.stringify(server ?? {}).includes('"Retry-After"');

const site = await startSite(`
import { Runner } from './conformance/runner.mjs';
import { vectors } from './conformance/vectors.mjs';
${through}
async function post(path, body) {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.json();
  if (response.status !== 200) throw new Error(answer.error);
  return answer;
}
const runner = new Runner({ post, player: { WebSocket, address: through, vectors: async (file, codec) => vectors(await post('/vectors', file), file, codec) } });
addEventListener('unhandledrejection', ({ reason }) => { runner.unhandled = reason; });
globalThis.runner = runner;
`, (path, body) => (path === '/vectors' ? options.read(body) : options.post(path, body)));
const browser = await Chromium.start();
let failed = 0;
try {
  const page = await browser.page(site.address);
  for (const [one, codec] of options.played.filter(([{ codecs = ['json'] }, of]) => of === (codecs.includes('json') ? 'json' : codecs[0]))) {
    const result = isHidden(one) ? { case: one.id, codec, outcome: 'unable', detail: 'a browser hides the status of a refused upgrade' }
      : await page.value(`runner.play(${JSON.stringify(one)}, ${JSON.stringify(codec)})`);
    if (result.outcome === 'failed') failed++;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
} finally {
  await browser.close();
  await site.close();
}
process.exit(failed ? 1 : 0);
