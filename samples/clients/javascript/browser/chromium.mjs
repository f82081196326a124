import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';

const BINARY = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--remote-debugging-port=0'];

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
    browser.profile = await mkdtemp(join(tmpdir(), 'agentsocket-chromium-'));
    browser.child = spawn(BINARY, [...FLAGS, `--user-data-dir=${browser.profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    browser.exited = new Promise((resolve) => browser.child.once('exit', resolve));
    let said = '';
    const uri = await new Promise((resolve, reject) => {
      browser.child.stderr.on('data', (bytes) => {
        said = (said + bytes).slice(-10000);
        const found = /DevTools listening on (\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      browser.exited.then(() => reject(new Error(`Chromium has ended: ${said}`)));
    });
    browser.#socket = new WebSocket(uri, { perMessageDeflate: false });
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
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
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
