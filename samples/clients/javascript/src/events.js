import { NO_BYTES } from './bytes.js';
import { reference } from './call.js';
import { failure } from './errors.js';
import { isName } from './frames.js';
import { inbox } from './inbox.js';
import { TRACEPARENT } from './keys.js';
import { encodeMetadata } from './metadata.js';
import { EVENT } from './numbers.js';
import * as t from './texts.js';

const WAITING = 1000; // events that a reader may be behind

/** Events of both sides (section 19). */
export class Events {
  #listeners = new Set();
  #answered = false; // whether the server has subscriptions of this side
  #inboxes = new Set();

  #host;

  constructor(host) {
    this.#host = host;
  }

  /** Sends an event; resolves when it is queued. */
  async publish(name, payload, traceparent) {
    const host = this.#host;
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${t.say(t.BAD_NAME)} ${name}`);
    const bytes = payload === undefined ? NO_BYTES : host.codec.encode(payload);
    if (bytes.length > host.peer.item) throw failure('TOO_LARGE', t.EVENT_SIZE);
    for (let room; (room = host.room());) await room;
    const metadata = encodeMetadata(host.codec, { [TRACEPARENT]: traceparent });
    host.put(EVENT, 0, reference(name), bytes, { metadata });
  }

  /** An event of the server. */
  received(name, bytes) {
    const { codec, report, tried } = this.#host;
    let payload;
    try {
      if (bytes.length) payload = codec.decode(bytes);
    } catch (error) {
      report(`${t.say(t.EVENT)} ${name}`, error);
      return;
    }
    for (const { names, listener } of [...this.#listeners]) if (!names.length || names.includes(name)) tried(listener, { name, payload });
  }

  /** Names that somebody wants from the server. */
  get #wanted() {
    return new Set([...this.#listeners].flatMap(({ names }) => names));
  }

  /** Calls a listener for events of these names, of all that arrive if there are none. Gives a function that ends it. */
  listen(names, listener) {
    const entry = { names, listener };
    const before = this.#wanted;
    this.#listeners.add(entry);
    const ready = this.#subscribe('add', names.filter((name) => !before.has(name)));
    const end = () => {
      if (!this.#listeners.delete(entry)) return;
      const wanted = this.#wanted;
      if (this.#host.write) this.#subscribe('remove', names.filter((name) => !wanted.has(name)));
    };
    return Object.assign(end, { ready });
  }

  /** An async iterable over events. */
  iterate(names) {
    const events = inbox(() => {}, () => {
      this.#inboxes.delete(events);
      end();
    });
    const end = this.listen(names, (value) => {
      if (events.items.length < WAITING) events.push({ value });
      else {
        end();
        events.end(failure('RESOURCE_EXHAUSTED', t.EVENTS_WAIT));
      }
    });
    this.#inboxes.add(events);
    events.ready = end.ready;
    return events;
  }

  /** A new session knows no subscriptions. */
  renew() {
    // What was never answered is a call that is still open, and is made again by itself.
    if (this.#answered) this.#subscribe('add', [...this.#wanted]);
  }

  /** No event comes any more. */
  end(error) {
    for (const events of this.#inboxes) events.end(error);
    this.#inboxes.clear();
    this.#listeners.clear();
  }

  /** A server without as.subscribe sends what it sends. */
  async #subscribe(change, names) {
    if (!names.length) return;
    try {
      await this.#host.invoke('as.subscribe', { [change]: names }, { idempotent: true });
      this.#answered = true;
    } catch (error) {
      if (error.code !== 'NOT_FOUND' && error.code !== 'CANCELLED') this.#host.report(t.say(t.SUBSCRIPTION), error);
    }
  }
}
