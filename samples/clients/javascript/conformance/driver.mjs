/**
 * Plays the cases of docs/conformance.md with this client, and prints a line of JSON for each case and codec.
 *
 *     node conformance/driver.mjs --control URL --cases FILE [--vectors DIR] [--codec cbor|json] [--only ID] [--uri URI]
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';
import { Player } from './player.mjs';
import { substitute } from './values.mjs';

const STEP = 30000; // ms for each step
const CLOSE = 10000; // ms to close the client

const { values: options } = parseArgs({
  options: Object.fromEntries(['control', 'cases', 'vectors', 'codec', 'only', 'uri'].map((name) => [name, { type: 'string' }])),
});
const { cases } = JSON.parse(readFileSync(options.cases, 'utf8'));
const vectorsFolder = options.vectors ?? join(dirname(options.cases), '../vectors');
const codecs = { cbor, json };
let unhandled;
process.on('unhandledRejection', (error) => {
  unhandled = error;
});

async function post(path, body) {
  const response = await fetch(`${options.control}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.json();
  if (response.status !== 200) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}

function within(ms, promise, what) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const line = (error) => String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 600);

/** Plays one round; gives what it says, and whether there is another one. */
async function playRound(one, codec, round) {
  const run = await post('/runs', { case: one.id, codec, round, client: 'javascript' });
  if (run.skip) return { outcome: 'skipped', detail: run.skip };
  let player;
  let failure;
  let at = 0;
  unhandled = undefined;
  try {
    player = new Player({
      uri: run.uri, codec: codecs[codec], client: one.client, vectorsFolder,
      control: (command) => post(`/runs/${run.run}/do`, command),
    });
    for (const step of substitute(one.steps, { run: run.run, round })) {
      at++;
      await within(STEP, player.play(step), 'the step');
      if (unhandled) throw new Error(`unhandled: ${line(unhandled)}`);
    }
  } catch (error) {
    if (process.env.DEBUG) console.error(error);
    failure = `step ${at} ${one.steps[at - 1]?.step ?? ''}: ${line(error)}`;
  }
  try {
    await within(CLOSE, player?.close(), 'closing');
  } catch (error) {
    failure ??= line(error);
  }
  const end = await post(`/runs/${run.run}/end`, { passed: !failure, detail: failure });
  const details = [failure && round ? `round ${round}, ${failure}` : failure, player?.detail, end.detail !== failure && end.detail];
  return { outcome: failure || !end.passed ? 'failed' : 'passed', detail: details.filter(Boolean).join('; '), more: end.more };
}

async function play(one, codec) {
  let result;
  let round = 0;
  try {
    do result = await playRound(one, codec, round++);
    while (result.outcome === 'passed' && result.more);
  } catch (error) {
    result = { outcome: 'failed', detail: line(error) };
  }
  return { outcome: result.outcome, detail: result.detail };
}

const wanted = ({ id }) => !options.only || (options.only.endsWith('*') ? id.startsWith(options.only.slice(0, -1)) : id === options.only);
let failed = 0;
for (const one of cases.filter(wanted)) {
  for (const codec of one.codecs ?? ['cbor', 'json']) {
    if (options.codec && codec !== options.codec) continue;
    const result = await play(one, codec);
    if (result.outcome === 'failed') failed++;
    process.stdout.write(`${JSON.stringify({ case: one.id, codec, ...result })}\n`);
  }
}
process.exit(failed ? 1 : 0);
