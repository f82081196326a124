import { Connector } from './connector.js';
import { AgentError } from './errors.js';
import { Events } from './events.js';
import { DEFAULTS } from './handshake.js';
import { json } from './json.js';
import { Offers } from './offers.js';
import { followPage } from './page.js';
import { approving, asking } from './questions.js';
import { Session } from './session.js';

const BUFFER = 67108864; // bytes of items that may wait for the application
const LEAVING = 5000; // ms for the server to close, section 15.2

/**
 * An agent: one session with a server, over whatever connections there are.
 *
 * Events (`addEventListener`): `connected`, `resumed`, `reset`, `disconnected`, `change` (of the catalog), `closed`.
 */
export class Agent extends EventTarget {
  #session;
  #connector;
  #events;
  #offers;
  #error; // makes the error of calls when all is over
  #leaving;
  #ready = [];

  constructor(uris, options) {
    super();
    const WebSocket = options.WebSocket ?? globalThis.WebSocket;
    if (!WebSocket) throw new TypeError('There is no WebSocket here: give one, for example that of the package ws, as option WebSocket.');
    const { codec = json, limits, maxWait = 30000, connectTimeout = 10000, refusalTimeout = 120000, signal } = options;
    const agent = this;
    const host = {
      options, codec, WebSocket, maxWait, connectTimeout, refusalTimeout,
      limits: { ...DEFAULTS, buffer: BUFFER, ...limits },
      failure: () => this.#error?.(),
      unreachable: () => new AgentError('UNAVAILABLE', `No connection within ${maxWait} ms${this.#connector.failure ? `, ${this.#connector.failure}` : ''}`, { retryable: true }),
      trace: options.trace && ((frames) => frames.forEach((f) => host.tried(options.trace, f))),
      tried(listener, what) {
        try {
          listener(what);
        } catch (error) {
          host.report('A listener failed', error);
        }
      },
      tell: (type, detail) => this.#tell(type, detail),
      report: options.onError ?? ((message, error) => console.error(`agentsocket: ${message}`, error)),
      pinged: () => this.#connector.connection.pinged(),
      leave: (goAway) => this.#connector.leave(goAway),
      resumption: () => this.#connector.resumption(),
      event: (name, payload) => this.#events.received(name, payload),
      get offers() {
        return agent.#offers;
      },
      get session() {
        return agent.#session;
      },
    };
    this.#offers = new Offers((name, action) => this.#session.runs.define(name, action));
    this.#session = new Session(host);
    this.#events = new Events(this.#session);
    this.#connector = new Connector(host, uris);
    if (options.onAsk) this.#offers.answer('as.ask', asking(options.onAsk));
    if (options.onApprove) this.#offers.answer('as.approve', approving(options.onApprove));
    const unfollow = followPage({
      suspend: () => this.#connector.suspend(),
      resume: () => this.#connector.resume(),
      wake: () => this.#connector.wake(),
      leave: () => this.close(),
    }, options.page);
    const abort = () => this.close();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) this.close();
    this.#connector.run().then((error) => {
      unfollow();
      signal?.removeEventListener('abort', abort);
      this.#end(error);
    });
  }

  #tell(type, detail) {
    if (type === 'connected' || type === 'reset' || type === 'resumed') {
      this.#connector.welcomed();
      if (type !== 'resumed') this.#events.renew();
      for (const { resolve } of this.#ready.splice(0)) resolve();
    }
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #end(error) {
    const message = error?.text ?? 'The agent was closed.';
    this.#error = () => new AgentError(error ? 'UNAVAILABLE' : 'CANCELLED', message, { closeCode: error?.closeCode, status: error?.status });
    this.#session.end(this.#error);
    this.#events.end(error);
    for (const { reject } of this.#ready.splice(0)) reject(this.#error());
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

  /** Hash and size of the server's catalog, as far as they are known. */
  get catalog() {
    const { hash, size } = this.#session.remote;
    return { hash, size };
  }

  /** Resolves when connected; rejects when the server refuses for good, or after `maxWait`. */
  ready() {
    if (this.connected) return Promise.resolve();
    if (this.#error) return Promise.reject(this.#error());
    return new Promise((resolve, reject) => {
      const { maxWait, unreachable } = this.#session.host;
      const timer = setTimeout(() => reject(unreachable()), maxWait);
      const settle = (settled) => (value) => {
        clearTimeout(timer);
        settled(value);
      };
      this.#ready.push({ resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Invokes an action: a promise of its result, and an async iterable of its items. */
  invoke(name, args, options) {
    return this.#session.invoke(name, args, options);
  }

  /** Searches actions; gives a page of summaries. */
  find(query, { tags, limit, cursor, ...call } = {}) {
    return this.#session.remote.find(query, { tags, limit, cursor }, call);
  }

  /** Descriptors of actions, with their schemas. */
  describe(...names) {
    return this.#session.remote.describe(names.flat());
  }

  /** All actions, without schemas. */
  actions(max) {
    return this.#session.remote.actions(max);
  }

  /** Offers an action to the server; gives a function that withdraws it. */
  offer(descriptor, handler) {
    return this.#offers.add(descriptor, handler);
  }

  /** Sends an event to the server; resolves when it is queued. */
  async publish(name, payload, { traceparent } = {}) {
    await (this.#session.peer ? undefined : this.ready());
    if (this.#error) throw this.#error();
    return this.#events.publish(name, payload, traceparent);
  }

  /** The events of these names, as an async iterable; `ready` resolves when the server sends them. */
  events(...names) {
    return this.#events.iterate(names);
  }

  /** Calls a listener for each event of a name. Gives a function that ends it. */
  on(name, listener) {
    return this.#events.listen([name], listener);
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
    if (connection?.welcomed === undefined) connection?.close(4000, 'closed', false);
    else {
      this.#session.goAway();
      const timer = setTimeout(() => connection.close(1000, '', false), LEAVING);
      await connection.lost;
      clearTimeout(timer);
    }
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
 */
export function connect(uri, options = {}) {
  const uris = [uri].flat().map((one) => {
    const url = new URL(one, globalThis.location?.href);
    url.protocol = url.protocol.replace('http', 'ws');
    if (!/^wss?:$/.test(url.protocol) || url.hash) throw new TypeError(`${one} is no address of a WebSocket.`);
    return url.href;
  });
  if (!uris.length) throw new TypeError('There is no address to connect to.');
  return new Agent(uris, options);
}
