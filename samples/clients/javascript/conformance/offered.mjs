import { AgentError } from '../src/full.js';
import { pattern } from './values.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the actions of cases do (docs/conformance.md, "Actions that the client offers"). */
const DOES = {
  echo: [{}, (args) => args],
  add: [{}, ({ a, b }) => a + b],
  nothing: [{ result: 'none' }, () => undefined],
  count: [{ result: 'items' }, async function* ({ to }) {
    for (let i = 1; i <= to; i++) yield i;
  }],
  text: [{ result: 'text' }, async function* ({ pieces }) {
    yield* pieces;
  }],
  bytes: [{ result: 'bytes' }, async function* ({ size }) {
    const all = pattern(size);
    for (let at = 0; at < size; at += 10000) yield all.subarray(at, at + 10000);
  }],
  sum: [{ items: {} }, async (args, { items }) => {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }],
  fail: [{}, ({ code, text, retryable }) => {
    throw new AgentError(code, text, { retryable });
  }],
  crash: [{}, () => {
    throw new Error('a secret of the application');
  }],
  hang: [{}, (args, { progress }) => {
    progress(0, null, 'hanging');
    return new Promise(() => {});
  }],
  steps: [{ result: 'items' }, async function* (args, { finishing }) {
    for (let i = 1; !finishing.aborted; i++) {
      yield i;
      await pause(10);
    }
    yield 'stopped';
  }],
  progress: [{}, (args, { progress }) => {
    progress(1, 2, 'half');
    progress(2, 2, 'done');
    return 'done';
  }],
  call: [{}, ({ action, arguments: args }, context) => context.invoke(action, args)],
};

/** Offers an action of a case, and tells `note` what becomes of its runs. */
export function offer(agent, { name, does, descriptor }, note) {
  if (!DOES[does]) throw new Error(`does ${does}`);
  const [form, run] = DOES[does];
  return agent.offer({ ...form, ...descriptor, name }, (args, context) => {
    note(name, 'started');
    let over = false;
    const end = (what) => {
      if (!over) note(name, what);
      over = true;
    };
    context.signal.addEventListener('abort', () => end('cancelled'));
    const noted = async (produce) => {
      try {
        const value = await produce();
        end('ended');
        return value;
      } catch (error) {
        end('ended');
        throw error;
      }
    };
    if (form.result !== 'items' && form.result !== 'text' && form.result !== 'bytes') return noted(() => run(args, context));
    return (async function* () {
      yield* run(args, context);
      end('ended');
    })();
  });
}
