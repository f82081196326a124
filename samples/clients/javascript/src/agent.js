import { Connector } from './connector.js';
import { AgentError, failure } from './errors.js';
import { DEFAULTS } from './handshake.js';
import { json } from './json.js';
import { Session } from './session.js';
import * as t from './texts.js';

const BUFFER = 67108864; // bytes of items that may wait for the application
const LEAVING = 5000; // ms for the server to close, section 15.2

/**
 * An agent that calls: one session with a server, over whatever connections there are.
 *
 * Events (`addEventListener`): `connected`, `resumed`, `reset`, `disconnected`, `failed`, `closed`.
 */
export class Agent extends EventTarget {
  #session;
  #connector;
  #host;
  #error; // makes the error of calls when all is over
  #leaving;
  #ready = [];

  constructor(uris, options) {
    super();
    const { codec = json, limits, maxWait = 30000, connectTimeout = 10000, refusalTimeout = 120000, signal, WebSocket = globalThis.WebSocket, use = [], onError } = options;
    if (!WebSocket) throw new TypeError(t.say(t.NO_SOCKET));
    const needs = (plugIn, entry) => () => {
      throw new TypeError(`connect needs { use: [${plugIn}] } of agentsocket/${entry}`);
    };
    const host = this.#host = {
      options, codec, WebSocket, maxWait, connectTimeout, refusalTimeout,
      limits: { ...DEFAULTS, buffer: BUFFER, ...limits, streams: 0 }, // the server may call once there is what serves it
      add: needs('offers', 'offer'),
      sender: needs('items', 'items'),
      failure: () => this.#error?.(),
      unreachable: () => new AgentError('UNAVAILABLE', `${t.say(t.NO_CONNECTION)} ${maxWait} ms, ${this.#connector.failure}`, { retryable: true }),
      trace: options.trace && ((frame) => host.tried(options.trace, frame)),
      tried(listener, what) {
        try {
          listener(what);
        } catch (error) {
          host.report(t.say(t.LISTENER), error);
        }
      },
      tell: (type, detail) => this.#tell(type, detail),
      report: onError ?? ((message, error) => console.error('agentsocket:', message, error)),
      pinged: () => this.#connector.connection.pinged(),
      leave: (goAway) => this.#connector.leave(goAway),
      resumption: () => this.#connector.resumption(),
      event() {},
    };
    host.session = this.#session = new Session(host);
    const connector = this.#connector = new Connector(host, uris);
    for (const plugIn of use) plugIn(host);
    const close = () => this.close();
    const unfollow = host.follow?.(connector, close);
    signal?.addEventListener('abort', close);
    if (signal?.aborted) close();
    connector.run().then((error) => {
      unfollow?.();
      signal?.removeEventListener('abort', close);
      this.#end(error);
    });
  }

  #tell(type, detail) {
    if (this.#session.isConnected && type !== 'change') {
      this.#connector.welcomed();
      if (type !== 'resumed') this.#host.renew?.();
      for (const settle of this.#ready.splice(0)) settle();
    }
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #end(error) {
    this.#error = () => (error ? new AgentError('UNAVAILABLE', error.text, error) : failure('CANCELLED', t.CLOSED));
    this.#session.end(this.#error);
    this.#host.over?.(error);
    for (const settle of this.#ready.splice(0)) settle(this.#error());
    this.#tell('closed', { error });
  }

  /** Whether there is a connection now. */
  get connected() {
    return this.#session.isConnected;
  }

  /** Id of the session, for logs; undefined before the first connection. */
  get sessionId() {
    return this.#session.id;
  }

  /** Resolves when connected; rejects when the server refuses for good, or after `maxWait`. */
  async ready() {
    if (this.#error) throw this.#error();
    if (this.connected) return;
    const { maxWait, unreachable } = this.#host;
    await new Promise((resolve, reject) => {
      const settle = (error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      const timer = setTimeout(() => settle(unreachable()), maxWait);
      this.#ready.push(settle);
    });
  }

  /** Invokes an action: a promise of its result, and an async iterable of its items. */
  invoke(name, args, options) {
    return this.#session.invoke(name, args, options);
  }

  /** Offers an action to the server; gives a function that withdraws it. */
  offer(descriptor, handler) {
    return this.#host.add(descriptor, handler);
  }

  /** Breaks the connection as a failing network does; the agent comes back by itself. */
  cut() {
    this.#connector.connection?.cut();
  }

  /** Ends the session; resolves when the server has closed. */
  close() {
    return (this.#leaving ??= this.#close());
  }

  async #close() {
    const { connection } = this.#connector;
    this.#connector.stop();
    if (connection?.keepalive) {
      this.#session.goAway();
      const timer = setTimeout(() => connection.close(1000), LEAVING);
      await connection.lost;
      clearTimeout(timer);
    } else connection?.close(4000, t.CLOSED);
    if (!this.#error) await new Promise((resolve) => this.addEventListener('closed', resolve, { once: true }));
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    return this.close();
  }
}

/**
 * Connects to a server, and stays connected until `close()`.
 *
 * @param {string | URL | (string | URL)[]} uri addresses of the server
 * @param {object} [options] see `types/index.d.ts`
 * @param {typeof Agent} [Kind] class of the agent
 */
export function connect(uri, options = {}, Kind = Agent) {
  const uris = [uri].flat().map((one) => {
    const url = new URL(one, globalThis.location?.href);
    url.protocol = url.protocol.replace('http', 'ws');
    if (!/^wss?:$/.test(url.protocol) || url.hash) throw new TypeError(`${t.say(t.NO_ADDRESS)} ${one}`);
    return url.href;
  });
  if (!uris.length) throw new TypeError(t.say(t.NO_ADDRESS));
  return new Kind(uris, options);
}
