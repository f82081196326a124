import { Agent as Calling, connect as connectWith } from './agent.js';
import { events } from './events.js';
import { followPage } from './page.js';
import { answers } from './questions.js';
import { remote } from './remote.js';
import { renewal } from './renewal.js';
import { serve } from './runs.js';

/** An agent that also searches actions, answers questions, has events, renews its token, and follows the life of its page. */
export class Agent extends Calling {
  #host;

  constructor(uris, options) {
    let host;
    const whole = (of) => {
      host = of;
      events(host);
      host.remote = remote(host);
      serve(host);
      answers(host.actions, options);
      renewal(host);
      host.follow = (connector, close) => followPage(connector, close, options.page);
    };
    super(uris, { ...options, use: [whole, ...(options.use ?? [])] });
    this.#host = host;
  }

  /** Hash and size of the server's catalog, as far as they are known. */
  get catalog() {
    return { ...this.#host.remote.catalog };
  }

  /** Searches actions; gives a page of summaries. */
  find(query = '', { tags, limit, cursor, ...call } = {}) {
    return this.invoke('as.find', { query, tags, limit, cursor }, call);
  }

  /** Descriptors of actions, with their schemas. */
  describe(...names) {
    return this.#host.remote.describe(names.flat());
  }

  /** All actions, without schemas. */
  actions(max) {
    return this.#host.remote.actions(max);
  }

  /** Sends an event to the server; resolves when it is queued. */
  async publish(name, payload, { traceparent } = {}) {
    if (!this.#host.peer) await this.ready();

    return this.#host.publish(name, payload, traceparent);
  }

  /** The events of these names, as an async iterable; `ready` resolves when the server sends them. */
  events(...names) {
    return this.#host.iterate(names);
  }

  /** Calls a listener for each event of a name. Gives a function that ends it. */
  on(name, listener) {
    return this.#host.listen([name], listener);
  }
}

/** Connects to a server, and stays connected until `close()`. */
export const connect = (uri, options) => connectWith(uri, options, Agent);
