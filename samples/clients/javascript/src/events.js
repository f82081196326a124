import { NO_BYTES } from './bytes.js';
import { reference } from './call.js';
import { failure } from './errors.js';
import { EVENT, isName } from './frames.js';
import { Inbox } from './inbox.js';
import { TRACEPARENT, encodeMetadata } from './metadata.js';
import { fragments } from './parts.js';
import * as t from './texts.js';

const WAITING = 1000; // events that a reader may be behind

/** Events of both sides (section 19). */
export class Events {
  #listeners = new Set();
  #answered = false; // whether the server has subscriptions of this side
  #inboxes = new Set();

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
  }

  /** Sends an event; resolves when it is queued. */
  async publish(name, payload, traceparent) {
    const { session } = this;
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${t.say(t.BAD_NAME)} ${name}`);
    const bytes = payload === undefined ? NO_BYTES : session.codec.encode(payload);
    if (bytes.length > session.peerItem) throw failure('TOO_LARGE', t.EVENT_SIZE);
    for (let room; (room = session.sequence.room());) await room;
    const metadata = encodeMetadata(session.codec, { [TRACEPARENT]: traceparent });
    session.push(fragments(EVENT, 0, reference(name), bytes, { metadata }, session.frameLimit));
  }

  /** An event of the server. */
  received(name, bytes) {
    const { codec, host } = this.session;
    let payload;
    try {
      if (bytes.length) payload = codec.decode(bytes);
    } catch (error) {
      host.report(`${t.say(t.EVENT)} ${name}`, error);
      return;
    }
    for (const { names, listener } of [...this.#listeners]) if (!names.length || names.includes(name)) host.tried(listener, { name, payload });
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
      if (this.session.isConnected) this.#subscribe('remove', names.filter((name) => !wanted.has(name)));
    };
    return Object.assign(end, { ready });
  }

  /** An async iterable over events. */
  iterate(names) {
    const inbox = new Inbox(() => {}, () => {
      this.#inboxes.delete(inbox);
      end();
    });
    const end = this.listen(names, (value) => {
      if (inbox.items.length < WAITING) inbox.push({ value });
      else {
        end();
        inbox.end(failure('RESOURCE_EXHAUSTED', t.EVENTS_WAIT));
      }
    });
    this.#inboxes.add(inbox);
    inbox.ready = end.ready;
    return inbox;
  }

  /** A new session knows no subscriptions. */
  renew() {
    // What was never answered is a call that is still open, and is made again by itself.
    if (this.#answered) this.#subscribe('add', [...this.#wanted]);
  }

  /** No event comes any more. */
  end(error) {
    for (const inbox of this.#inboxes) inbox.end(error);
    this.#inboxes.clear();
    this.#listeners.clear();
  }

  /** A server without as.subscribe sends what it sends. */
  async #subscribe(change, names) {
    if (!names.length) return;
    try {
      await this.session.invoke('as.subscribe', { [change]: names }, { idempotent: true });
      this.#answered = true;
    } catch (error) {
      if (error.code !== 'NOT_FOUND' && error.code !== 'CANCELLED') this.session.host.report(t.say(t.SUBSCRIPTION), error);
    }
  }
}
