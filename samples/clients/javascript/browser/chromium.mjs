import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const BINARY = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--remote-debugging-port=0'];

// Below the folder that a build empties.
const PROFILES = fileURLToPath(new URL('../target', import.meta.url));
// Pipe 3 ends when this process does, by `kill -9` too; then the shell ends the browser. Once the browser has gone, its folder is deleted.
const KEEPER = `profile=$1; shift
"$@" < /dev/null 3>&- & browser=$!
exec 2> /dev/null # nobody may read what the shell says
(read -r _; kill -9 $browser) <&3 & watch=$!
wait $browser
kill $watch
socket=$(readlink "$profile/SingletonSocket") # in a folder that a killed browser leaves
case $socket in */org.chromium.*/SingletonSocket) rm -rf "\${socket%/*}" ;; esac
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$profile" && break; sleep 0.2; done`;

/** Whether there is a browser here. */
export function hasChromium() {
  try {
    accessSync(BINARY, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Chromium without a window, by its own protocol (CDP). */
export class Chromium {
  #socket;
  #next = 1;
  #waiting = new Map(); // id of a command -> who waits for its answer
  #listeners = new Set();

  static async start() {
    const browser = new Chromium();
    await mkdir(PROFILES, { recursive: true });
    browser.profile = await mkdtemp(join(PROFILES, 'chromium-'));
    // A group of its own: what is sent to the whole group of this process, or kills it, leaves the keeper to do its work.
    browser.child = spawn('/bin/sh', ['-c', KEEPER, 'keeper', browser.profile, BINARY, ...FLAGS, `--user-data-dir=${browser.profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true });
    browser.exited = new Promise((resolve) => browser.child.once('exit', resolve));
    let said = '';
    browser.uri = await new Promise((resolve, reject) => {
      browser.child.stderr.on('data', (bytes) => {
        said = (said + bytes).slice(-10000);
        const found = /DevTools listening on (\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      browser.exited.then(() => reject(new Error(`Chromium has ended: ${said}`)));
    });
    browser.#socket = new WebSocket(browser.uri, { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      browser.#socket.once('open', resolve);
      browser.#socket.once('error', reject);
    });
    browser.#socket.on('message', (text) => browser.#received(JSON.parse(text)));
    return browser;
  }

  #received({ id, result, error, method, params, sessionId }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else if (waiting) waiting.resolve(result);
    else for (const listener of [...this.#listeners]) listener({ method, params, sessionId });
  }

  /** Sends a command. */
  send(method, params = {}, sessionId) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  /** A new page. */
  async page(address) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await page.send('Page.enable');
    await page.send('Runtime.enable');
    await page.open(address);
    return page;
  }

  /** Calls a listener for all that the browser tells; gives a function that ends it. */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close() {
    await this.send('Browser.close').catch(() => {});
    await this.exited;
    this.#socket.terminate();
  }
}

class Page {
  constructor(browser, session) {
    Object.assign(this, { browser, session });
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  /** Waits for something that the browser tells of this page. */
  told(method, condition = () => true) {
    return new Promise((resolve) => {
      const end = this.browser.on((event) => {
        if (event.sessionId !== this.session || event.method !== method || !condition(event.params)) return;
        end();
        resolve(event.params);
      });
    });
  }

  /** Opens an address, and waits until it is loaded or was restored. */
  async open(address) {
    const loaded = this.told('Page.loadEventFired');
    const { errorText } = await this.send('Page.navigate', { url: address });
    if (errorText) throw new Error(`${address}: ${errorText}`);
    await loaded;
  }

  /** Goes back to the page before. */
  async back() {
    const { entries, currentIndex } = await this.send('Page.getNavigationHistory');
    const there = this.told('Page.frameNavigated', ({ frame }) => !frame.parentId);
    await this.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    return (await there).type; // BackForwardCacheRestore, or Navigation
  }

  /** Value of an expression, which may be a promise. */
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
}
