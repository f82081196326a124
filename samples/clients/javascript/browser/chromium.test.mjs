import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { Chromium, hasChromium } from './chromium.mjs';

const skip = !hasChromium() && 'there is no Chromium';

/** Waits until a folder has gone. */
async function gone(folder, signal) {
  const watching = watch(dirname(folder), { signal });
  while (existsSync(folder)) await once(watching, 'change', { signal });
  watching.close();
}

test('a browser that is closed leaves no folder', { skip }, async () => {
  const browser = await Chromium.start();
  assert.ok(existsSync(browser.profile));
  await browser.close();
  assert.ok(!existsSync(browser.profile));
});

test('a run that is killed leaves neither folders nor a browser', { skip, timeout: 60_000 }, async ({ signal }) => {
  const run = spawn(process.execPath, ['--input-type=module', '-e', `
    import { Chromium } from ${JSON.stringify(new URL('chromium.mjs', import.meta.url).href)};
    const browser = await Chromium.start();
    console.log(JSON.stringify({ profile: browser.profile, uri: browser.uri }));`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(run.stdout, 'data');
  const { profile, uri } = JSON.parse(said);
  assert.match(basename(profile), /^chromium-/);
  assert.ok(existsSync(profile));
  const socket = readlinkSync(join(profile, 'SingletonSocket'));
  run.kill('SIGKILL');
  await gone(profile, signal);
  assert.ok(!existsSync(dirname(socket)));
  await assert.rejects(fetch(uri.replace('ws:', 'http:')));
});
