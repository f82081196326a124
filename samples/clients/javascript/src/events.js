import { NO_BYTES, concat, utf8, uvarint } from './bytes.js';
import { AgentError } from './errors.js';
import { EVENT, isName } from './frames.js';
import { Inbox } from './inbox.js';
import { fragments } from './parts.js';

const WAITING = 1000; // events that a reader may be behind

/** Events of both sides (section 19). */
export class Events {
  #listeners = new Set();
  #answered = false; // whether the server has subscriptions of this side
  #counts = new Map(); // name -> listeners that want it from the server

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
  }

  /** Sends an event; resolves when it is queued. */
  async publish(name, payload, traceparent) {
    const { session } = this;
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${name} is no name for an event.`);
    const bytes = payload === undefined ? NO_BYTES : session.codec.encode(payload);
    if (bytes.length > session.peerItem) throw new AgentError('TOO_LARGE', 'The event is larger than the server takes.');
    for (let room; (room = session.sequence.room());) await room;
    const inline = utf8(name);
    const head = concat([Uint8Array.from(uvarint(inline.length * 2 + 1)), inline]);
    const metadata = traceparent && session.codec.encode({ 5: traceparent }, true);
    session.push(fragments(EVENT, 0, head, bytes, { metadata }, session.frameLimit));
  }

  /** An event of the server. */
  received(name, bytes) {
    let payload;
    try {
      payload = bytes.length ? this.session.codec.decode(bytes) : undefined;
    } catch (error) {
      this.session.host.report(`The event ${name} cannot be decoded`, error);
      return;
    }
    for (const { names, listener } of [...this.#listeners]) if (!names.length || names.includes(name)) this.session.host.tried(listener, { name, payload });
  }

  /** Calls a listener for events of these names, of all that arrive if there are none. Gives a function that ends it. */
  listen(names, listener) {
    const entry = { names, listener };
    this.#listeners.add(entry);
    const added = names.filter((name) => this.#count(name, 1) === 1);
    const ready = added.length ? this.#subscribe({ add: added }) : Promise.resolve();
    const end = () => {
      if (!this.#listeners.delete(entry)) return;
      const removed = names.filter((name) => this.#count(name, -1) === 0);
      if (removed.length && this.session.isConnected) this.#subscribe({ remove: removed });
    };
    return Object.assign(end, { ready });
  }

  /** An async iterable over events. */
  iterate(names) {
    const inbox = new Inbox(() => {}, () => {
      this.#iterators.delete(inbox);
      end();
    });
    const end = this.listen(names, (event) => {
      if (inbox.length >= WAITING) {
        end();
        inbox.end(new AgentError('RESOURCE_EXHAUSTED', `${WAITING} events wait and nobody reads them.`));
      } else inbox.push({ value: event });
    });
    this.#iterators.add(inbox);
    inbox.ready = end.ready;
    return inbox;
  }

  #iterators = new Set();

  /** A new session knows no subscriptions. */
  renew() {
    // What was never answered is a call that is still open, and is made again by itself.
    if (this.#counts.size && this.#answered) this.#subscribe({ add: [...this.#counts.keys()] });
  }

  /** No event comes any more. */
  end(error) {
    for (const inbox of this.#iterators) inbox.end(error);
    this.#iterators.clear();
    this.#listeners.clear();
  }

  #count(name, step) {
    const count = (this.#counts.get(name) ?? 0) + step;
    if (count) this.#counts.set(name, count);
    else this.#counts.delete(name);
    return count;
  }

  /** A server without as.subscribe sends what it sends. */
  async #subscribe(change) {
    try {
      await this.session.invoke('as.subscribe', change, { idempotent: true });
      this.#answered = true;
    } catch (error) {
      if (error.code !== 'NOT_FOUND' && error.code !== 'CANCELLED') this.session.host.report('Events could not be subscribed', error);
    }
  }
}
