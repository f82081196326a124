import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../test/server.mjs';
import { Chromium, hasChromium } from './chromium.mjs';
import { ResumingServer } from './resuming.mjs';
import { startSite, through } from './site.mjs';

// The core alone, as applications load it: bundled and minified.
const SOURCE = `
import { connect } from './src/index.js';
${through}
Object.assign(globalThis, {
  connect, through, told: [], numbers: [],
  /** Counts what the server sends, whatever becomes of the connection. */
  async count(uri) {
    const agent = globalThis.agent = connect(through(uri), { backoff: { base: 10, cap: 50 } });
    for (const type of ['connected', 'resumed', 'reset', 'disconnected']) agent.addEventListener(type, () => told.push(type));
    addEventListener('pageshow', ({ persisted }) => told.push(persisted ? 'pageshow, persisted' : 'pageshow'));
    for await (const number of agent.invoke('count', {}, { prefetch: 1000 })) {
      numbers.push(number);
      globalThis.counted?.();
    }
  },
  /** Waits until so many numbers have come. */
  numbersOf: (many) => new Promise((resolve) => {
    globalThis.counted = () => numbers.length >= many && resolve(numbers);
    counted();
  }),
});
`;

const skip = !hasChromium() && 'there is no Chromium';
let browser;
let site;

before(async () => {
  if (skip) return;
  site = await startSite(SOURCE, () => {});
  browser = await Chromium.start();
});

after(async () => {
  await browser?.close();
  await site?.close();
});

test('the core does in a page what it does in Node', { skip }, async () => {
  const server = await startServer({
    value: { run: ({ value, args }) => value({ city: args.city }) },
    ask: { run: async ({ ask, value }) => value((await ask(1, { prompt: 'Which?' })).value) },
    items: {
      async run({ item, interrupted }) {
        for (let i = 1; i <= 5; i++) item(i);
        await interrupted;
      },
    },
    text: { run: ({ text, end }) => (text('one '), text('😀'), end()) },
    bytes: { run: ({ bytes }) => bytes(Uint8Array.of(1, 2, 255)) },
    fail: { run: ({ error }) => error(3, 'does not fit', 2, { violations: [{ pointer: '/a', rule: 'r', message: 'm' }], correlation: 'c' }) },
    slow: { run: () => {} },
  });
  const page = await browser.page(site.address);
  const seen = await page.value(`(async () => {
    const agent = connect(through(${JSON.stringify(server.uri)}), { onAsk: ({ prompt, answer }) => answer(prompt + ' This.') });
    const items = [];
    for await (const item of agent.invoke('items')) if (items.push(item) === 3) break;
    const failed = await agent.invoke('fail').catch(({ code, text, mayHaveRun, violations, correlation }) => ({ code, text, mayHaveRun, violations, correlation }));
    const late = await agent.invoke('slow', {}, { timeout: 20 }).catch(({ code, mayHaveRun }) => ({ code, mayHaveRun }));
    const news = agent.events('news');
    await news.ready;
    const seen = {
      value: await agent.invoke('value', { city: 'Ulm' }), asked: await agent.invoke('ask'), items, failed, late,
      text: await agent.invoke('text'), bytes: [...await agent.invoke('bytes')],
      names: (await agent.actions()).map(({ name }) => name), described: (await agent.describe('value')).actions.length,
    };
    await agent.close();
    return seen;
  })()`);
  assert.deepEqual(seen, {
    value: { city: 'Ulm' }, asked: 'Which? This.', items: [1, 2, 3],
    failed: { code: 'INVALID_ARGUMENT', text: 'does not fit', mayHaveRun: true, violations: [{ pointer: '/a', rule: 'r', message: 'm' }], correlation: 'c' },
    late: { code: 'DEADLINE_EXCEEDED', mayHaveRun: true }, text: 'one 😀', bytes: [1, 2, 255],
    names: ['value', 'ask', 'items', 'text', 'bytes', 'fail', 'slow'], described: 1,
  });
  assert.equal(server.interrupted.length, 2);
  await server.close();
});

/** A page that counts; `body` interrupts it, and what the server sends meanwhile is there in the end. */
async function counting(body) {
  const server = await new ResumingServer().start();
  const page = await browser.page(site.address);
  await page.value(`void count(${JSON.stringify(server.uri)})`);
  await server.until(({ isInvoked }) => isInvoked);
  for (let i = 0; i < 3; i++) server.count();
  await page.value('numbersOf(3)');
  await body(page, server);
  for (let i = 0; i < 3; i++) server.count();
  assert.deepEqual(await page.value('numbersOf(9)'), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const told = await page.value('told');
  await page.value('void agent.close()');
  await server.close();
  return told;
}

const away = (server) => {
  for (let i = 0; i < 3; i++) server.count();
};

test('a page that is frozen leaves, and resumes when it wakes', { skip }, async () => {
  const told = await counting(async (page, server) => {
    await page.send('Page.setWebLifecycleState', { state: 'frozen' });
    await server.until(({ closes }) => closes.length);
    away(server);
    await page.send('Page.setWebLifecycleState', { state: 'active' });
    await server.until(({ resumes }) => resumes);
  });
  assert.deepEqual(told, ['connected', 'disconnected', 'resumed']);
});

test('a page that is kept for going back leaves, and resumes with it', { skip }, async () => {
  const told = await counting(async (page, server) => {
    await page.open(`${site.address}other`);
    await server.until(({ closes }) => closes.length);
    away(server);
    assert.equal(await page.back(), 'BackForwardCacheRestore');
    await server.until(({ resumes }) => resumes);
  });
  assert.deepEqual(told, ['connected', 'disconnected', 'pageshow, persisted', 'resumed']);
});

test('a page whose network comes back does not wait, and one that is looked at again asks the server', { skip }, async () => {
  const told = await counting(async (page, server) => {
    await page.value("document.dispatchEvent(new Event('visibilitychange'))");
    await server.until(({ pings }) => pings);
    await page.value('agent.cut()');
    await server.until(({ closes }) => closes.length);
    away(server);
    await page.value("dispatchEvent(new Event('online'))");
    await server.until(({ resumes }) => resumes);
  });
  assert.deepEqual(told, ['connected', 'disconnected', 'resumed']);
});

test('a page whose timers were late does not take that for silence', { skip }, async () => {
  await counting(async (page, server) => {
    // As in the background: nothing of the page runs for longer than the server may be silent (keepalive 1 s and 2 s).
    server.keepalive = 1000;
    await page.value('agent.cut()');
    await server.until(({ resumes }) => resumes);
    await page.value('(() => { const end = Date.now() + 3500; while (Date.now() < end); })()');
    await server.until(({ pings }) => pings);
    away(server);
    assert.equal(server.closes.length, 1);
  });
});
