/**
 * Plays the cases of docs/conformance.md with the minified client in Chromium, and prints a line of JSON for each case and codec. The
 * options are those of `conformance/driver.mjs`.
 */
import { options } from '../conformance/options.mjs';
import { Chromium } from './chromium.mjs';
import { startSite, through } from './site.mjs';

// Cases that no page can pass, and why.
const LEFT_OUT = {
  'handshake.bad-token': 'a browser hides the status of a refused upgrade',
  'refusal.503': 'a browser hides Retry-After',
};
const leftOut = ({ id, steps }) => LEFT_OUT[id] ?? (steps.some(({ step }) => step === 'vectors') ? 'the vectors are tried in Node' : undefined);

const site = await startSite(`
import { Runner } from './conformance/runner.mjs';
${through}
async function post(path, body) {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.json();
  if (response.status !== 200) throw new Error(answer.error);
  return answer;
}
const runner = new Runner({ post, player: { WebSocket, address: through } });
addEventListener('unhandledrejection', ({ reason }) => { runner.unhandled = reason; });
globalThis.runner = runner;
`, options.post);
const browser = await Chromium.start();
let failed = 0;
try {
  const page = await browser.page(site.address);
  for (const [one, codec] of options.played) {
    const why = leftOut(one);
    const result = why ? { case: one.id, codec, outcome: 'skipped', detail: why } : await page.value(`runner.play(${JSON.stringify(one)}, ${JSON.stringify(codec)})`);
    if (result.outcome === 'failed') failed++;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
} finally {
  await browser.close();
  await site.close();
}
process.exit(failed ? 1 : 0);
