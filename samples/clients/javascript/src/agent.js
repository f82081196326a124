import { refusing } from './bare.js';
import { connector } from './connector.js';
import { AgentError, failure } from './errors.js';
import { fields } from './frames.js';
import { DEFAULTS } from './handshake.js';
import { json } from './json.js';
import { BUFFER, GOAWAY, LEAVING, MAX_INT } from './numbers.js';
import { session } from './session.js';
import * as t from './texts.js';

/**
 * An agent that calls: one session with a server, over whatever connections there are. Its parts share one object, `host`; each
 * adds what it does for the others, and so do plug-ins: member by member, since V8 makes a table of an object to which
 * `Object.assign` adds this many, which is slower and a fourth of the memory of an idle connection.
 *
 * Events (`addEventListener`): `connected`, `resumed`, `reset`, `disconnected`, `failed`, `closed`.
 */
export class Agent extends EventTarget {
  #connector;
  #host;
  #error; // makes the error of calls when all is over
  #leaving;
  #ready = [];

  constructor(uris, options) {
    super();
    const { codec = json, limits, maxWait = 30000, signal, WebSocket = globalThis.WebSocket, use = [], onError } = options;
    if (!WebSocket) throw new TypeError(t.say(t.NO_SOCKET));
    const needs = (plugIn, entry) => () => {
      throw new TypeError(`use: [${plugIn}] of agentsocket/${entry}`);
    };
    const host = this.#host = {
      options, codec, WebSocket,
      maxWait: Math.min(maxWait, MAX_INT),
      limits: { ...DEFAULTS, buffer: BUFFER, ...limits, streams: 0 }, // the server may call once there is what serves it
      buffered: 0, // bytes of items that nobody has taken
      add: needs('offers', 'offer'),
      sender: needs('items', 'items'),
      failure: () => this.#error?.(),
      unreachable: () => new AgentError('UNAVAILABLE', `${t.say(t.NO_CONNECTION)} ${maxWait} ms, ${connecting.failure}`, { retryable: true }),
      trace: options.trace && ((frame) => host.tried(options.trace, frame)),
      tried(listener, what) {
        try {
          listener(what);
        } catch (error) {
          host.report(t.say(t.LISTENER), error);
        }
      },
      tell: (type, detail) => {
        if (host.write && type !== 'change') {
          connecting.welcomed();
          host.renewed?.(type === 'resumed');
          this.#settle();
        }
        this.dispatchEvent(new CustomEvent(type, { detail }));
      },
      report: onError ?? ((message, error) => console.error('agentsocket:', message, error)),
      event() {},
    };
    host.runs = refusing(host);
    session(host);
    const connecting = this.#connector = connector(host, uris);
    for (const plugIn of use) plugIn(host);
    const close = () => this.close();
    const unfollow = host.follow?.(connecting, close);
    signal?.addEventListener('abort', close);
    if (signal?.aborted) close();
    connecting.run().then((error) => {
      unfollow?.();
      signal?.removeEventListener('abort', close);
      this.#error = () => (error ? new AgentError('UNAVAILABLE', error.text, error) : failure('CANCELLED', t.CLOSED));
      host.end(this.#error);
      host.over?.(error);
      this.#settle();
      host.tell('closed', { error });
    });
  }

  #settle() {
    for (const settle of this.#ready.splice(0)) settle();
  }

  /** Whether there is a connection now. */
  get connected() {
    return !!this.#host.write;
  }

  /** Id of the session, for logs; undefined before the first connection. */
  get sessionId() {
    return this.#host.id;
  }

  /** Resolves when connected; rejects when the server refuses for good, or after `maxWait`. */
  async ready() {
    const { maxWait, unreachable } = this.#host;
    let timer;
    if (!this.#error && !this.connected) {
      await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(unreachable()), maxWait);
        this.#ready.push(resolve);
      });
      clearTimeout(timer);
    }
    if (this.#error) throw this.#error();
  }

  /** Invokes an action: a promise of its result, and an async iterable of its items. */
  invoke(name, args, options) {
    return this.#host.invoke(name, args, options);
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
    const { connection, stop } = this.#connector;
    stop();
    if (connection?.keepalive) {
      this.#host.flush();
      this.#host.send([fields(GOAWAY, 0, [0, 0, 0])]);
      const timer = setTimeout(() => connection.close(1000, t.CLOSED), LEAVING);
      await connection.lost;
      clearTimeout(timer);
    } else connection?.close(4000, t.CLOSED);
    if (!this.#error) await new Promise((resolve) => this.addEventListener('closed', resolve, { once: true }));
  }

  [Symbol.asyncDispose]() {
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
