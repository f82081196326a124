import { AgentError, foreign } from './errors.js';
import { CREDIT, DATA, ERROR, INTERRUPT, fields } from './frames.js';
import { Inbox } from './inbox.js';
import { invocation } from './invocation.js';
import { itemOf, payload } from './items.js';
import * as meta from './metadata.js';
import { NO_BYTES, utf8 } from './bytes.js';
import { join, joined } from './result.js';
import { Outbox } from './outbox.js';
import { isMap } from './values.js';

const REPEATS = 3; // a call that brings its server down is not repeated for ever, section 11.3
const LONGEST = 2 ** 31 - 1; // milliseconds of a timer

/** An invocation of the peer's action: a promise of its result, and an async iterable of its items. */
export class Call {
  stream; // id, while it has one
  sent = false; // whether its INVOKE has a number
  keyed;
  #session;
  #options;
  #arguments;
  #outbox;
  #early = []; // items that are sent before the stream is open
  #granted; // items that the callee may still send
  #taken = 0; // items that were taken and not granted again
  #buffered = 0; // bytes in the inbox
  #given = 0; // items that the application has got
  #repeats = 0;
  #cancelling = false;
  #done = false;
  #error;
  #mode; // 'result' or 'items'
  #result; // result of the items so far, in mode 'result'
  #promise;
  #settle;
  #inbox = new Inbox((item) => this.#took(item), () => this.cancel());
  #timers = {};
  #abort = () => this.cancel(this.#options.signal.reason);

  constructor(session, name, args = {}, options = {}) {
    this.#session = session;
    this.name = name;
    this.#options = options;
    this.prefetch = options.prefetch ?? session.options.prefetch ?? 32;
    const { timeout, signal, parent } = options;
    parent?.nested.add(this);
    try {
      if (!isMap(args)) throw new TypeError('Arguments are a map.');
      this.#arguments = session.codec.encode(args);
      if (this.#arguments.length > session.peerItem) throw new AgentError('TOO_LARGE', 'The arguments are larger than the server takes.');
      signal?.throwIfAborted();
    } catch (error) {
      this.#finish(error instanceof AgentError ? error : new AgentError(signal?.aborted ? 'CANCELLED' : 'INVALID_ARGUMENT', error.message, { cause: error }));
      return;
    }
    signal?.addEventListener('abort', this.#abort);
    if (timeout !== undefined) {
      this.deadline = Date.now() + timeout;
      this.#timers.deadline = setTimeout(() => this.#stop('DEADLINE_EXCEEDED', 'The time is over.'), Math.min(timeout, LONGEST));
    }
    if (typeof options.items === 'object') this.#sendAll(options.items);
    session.begin(this);
  }

  then(fulfilled, rejected) {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (!this.#mode) {
        this.#mode = 'result';
        for (const item of this.#inbox.drain()) this.#took(item);
      }
      if (this.#done) this.#settled();
    });
    return this.#promise.then(fulfilled, rejected);
  }

  catch(rejected) {
    return this.then(undefined, rejected);
  }

  finally(settled) {
    return this.then().finally(settled);
  }

  [Symbol.asyncIterator]() {
    if (this.#mode) throw new TypeError('The items of a call are read once.');
    this.#mode = 'items';
    return this.#inbox;
  }

  /** All items, at most `max`. */
  async toArray(max = 10000) {
    const items = [];
    for await (const item of this) {
      if (items.push(item) > max) throw new AgentError('TOO_LARGE', `There are more than ${max} items.`);
    }
    return items;
  }

  /** Sends an item to the action; resolves when it is queued, to false if the call is over. */
  async send(item) {
    if (!this.#options.items) throw new TypeError('Invoke with the option items to send some.');
    return this.#put(...payload(this.#session.codec, item));
  }

  /** Says that no more items come. */
  end() {
    return this.#put(DATA, NO_BYTES, { end: true });
  }

  /** Lets the callee send more items, where `prefetch` is 0. */
  request(items) {
    this.#grant(items);
  }

  /** Asks the action to finish with what it has (INTERRUPT 1). */
  finish(reason = '') {
    if (this.stream === undefined) this.cancel(reason);
    else if (!this.#cancelling) this.#urge(INTERRUPT, [1], reason);
  }

  /** Stops the call (INTERRUPT 0). */
  cancel(reason) {
    this.#stop('CANCELLED', String(reason?.message ?? reason ?? ''), reason);
  }

  #stop(code, message, cause) {
    if (this.#done) return;
    const { sent } = this;
    if (sent) {
      this.#session.sequence.drop(this.stream);
      this.#cancelling = true;
      this.#urge(INTERRUPT, [0], typeof cause === 'string' ? cause : '');
    } else this.#session.forget(this);
    this.#drop();
    this.#finish(new AgentError(code, message, { mayHaveRun: sent || this.#repeats > 0, cause }));
  }

  get options() {
    return this.#options;
  }

  /** Sends the INVOKE on a new stream. */
  open(stream) {
    this.stream = stream;
    this.sent = this.#cancelling = false;
    this.#granted = this.prefetch;
    this.#taken = 0;
    this.#outbox = new Outbox(this.#session, stream, this.#session.peer.items);
    const frames = invocation(this.#session, this, this.#arguments);
    frames.at(-1).sent = () => {
      this.sent = true;
      clearTimeout(this.#timers.wait);
      this.#timers.wait = undefined;
    };
    this.#session.push(frames);
    for (const { type, bytes, flags, resolve } of this.#early.splice(0)) this.#outbox.send(type, bytes, flags).then(resolve);
  }

  /** Ends the call if it is not sent within some time. */
  expectConnection(ms, error) {
    if (this.sent || this.#done) return;
    this.#timers.wait ??= setTimeout(() => {
      this.#timers.wait = undefined;
      if (this.sent || this.#done || this.#session.isConnected) return;
      this.#session.forget(this);
      this.#finish(error());
    }, ms);
  }

  /** A DATA, TEXT or BYTES frame of the callee. */
  item({ type, end, metadata }, bytes) {
    const { onProgress } = this.#options;
    if (onProgress && metadata[meta.PROGRESS] && !this.#done) this.#session.host.tried(onProgress, meta.progress(metadata[meta.PROGRESS]));
    if (!this.#cancelling && bytes === undefined) return this.refuse(36, 'An item is larger than this side takes.');
    if (bytes?.length && !this.#cancelling) {
      if (this.#granted-- < 1) return this.refuse(8, 'The callee has sent an item without credit.');
      let value;
      try {
        value = itemOf(this.#session.codec, type, bytes);
      } catch {
        return this.refuse(3, 'An item cannot be decoded.');
      }
      const item = { type, value, size: bytes.length };
      if (this.#mode === 'result') {
        this.#consumed(item);
        if (this.#done) return undefined;
      } else {
        if (this.#session.buffered + item.size > this.#session.limits.buffer) {
          return this.refuse(8, 'Too much has arrived that nobody reads; use a smaller prefetch.');
        }
        this.#buffer(item.size);
        this.#inbox.push(item);
      }
    }
    if (end) {
      this.#session.closed(this);
      this.#finish();
    }
    return undefined;
  }

  /** An ERROR frame of the callee. */
  failed({ code, flags, text: message, metadata }) {
    this.#session.closed(this);
    if (this.#done) return;
    if (code === 34 && !this.#outbox.sent && this.#session.remote.unbind(this.name)) {
      this.stream = undefined;
      this.#session.begin(this);
      return;
    }
    this.#finish(foreign({ code, flags, text: message, details: metadata[meta.DETAILS] }, this.#repeats > 0));
  }

  /** CREDIT of the callee. */
  credited(items) {
    return this.#outbox.add(items);
  }

  /**
   * The session was lost. Says what becomes of the call: 'again' if it was not sent, 'repeat' if it may be made again, in both
   * cases it has no stream any more; undefined if it has ended.
   */
  reset() {
    if (this.#done) return undefined;
    const used = this.#outbox?.sent > 0;
    const { sent } = this;
    const { items, parent, idempotent } = this.#options;
    this.stream = undefined;
    this.sent = false;
    this.#early.push(...(this.#outbox?.recall() ?? []));
    if (!sent && !used) return this.#repeats ? 'repeat' : 'again';
    if (sent && !items && !parent && !this.#given && idempotent !== false && this.#repeats < REPEATS) {
      this.#repeats++;
      this.#result = undefined;
      this.#drop(); // nobody has seen it
      return 'repeat';
    }
    this.lost(sent);
    return undefined;
  }

  /** Ends the call because its session is gone. */
  lost(mayHaveRun = true) {
    this.#finish(new AgentError('SESSION_RESET', 'The session was lost while the call was open.', { mayHaveRun }));
  }

  /** Ends the call because the connection is gone for good. */
  stop(error) {
    this.#finish(Object.assign(error, { mayHaveRun: this.sent || this.#repeats > 0 }));
  }

  get isDone() {
    return this.#done;
  }

  #urge(type, numbers, tail = '') {
    this.#session.urge(fields(type, this.stream, numbers, utf8(tail)));
  }

  /** Ends the call with an error toward both sides. */
  refuse(code, message) {
    this.#session.sequence.drop(this.stream);
    this.#urge(ERROR, [code, 0]);
    this.#session.closed(this);
    this.#finish(new AgentError(code, message, { mayHaveRun: true }));
  }

  #put(type, bytes, flags) {
    if (this.#done) return Promise.resolve(false);
    if (this.stream !== undefined) return this.#outbox.send(type, bytes, flags);
    return new Promise((resolve) => this.#early.push({ type, bytes, flags, resolve }));
  }

  async #sendAll(items) {
    try {
      for await (const item of items) if (!(await this.send(item))) return;
      await this.end();
    } catch (error) {
      this.cancel(error);
    }
  }

  /** Drops what has arrived and nobody has taken. */
  #drop() {
    for (const { size } of this.#inbox.drain()) this.#buffer(-size);
  }

  /** Counts bytes that nobody has read while the call is open; afterwards they are the application's. */
  #buffer(size) {
    if (this.#done) return;
    this.#buffered += size;
    this.#session.buffered += size;
  }

  #took(item) {
    this.#buffer(-item.size);
    this.#consumed(item);
  }

  #consumed({ type, value, size }) {
    if (this.#mode === 'items') this.#given++;
    else if (this.#mode === 'result') {
      this.#result = join(this.#result, type, value, size);
      if (this.#result.size > this.#session.limits.item) this.#stop('TOO_LARGE', 'The result is larger than one item may be; read it piece by piece.');
    }
    if (this.prefetch && ++this.#taken >= this.prefetch / 2) {
      this.#grant(this.#taken);
      this.#taken = 0;
    }
  }

  #grant(items) {
    if (this.#done || this.stream === undefined || this.#cancelling) return;
    this.#granted += items;
    this.#urge(CREDIT, [items]);
  }

  #finish(error) {
    if (this.#done) return;
    this.#buffer(-this.#buffered);
    this.#done = true;
    this.#error = error;
    this.#outbox?.close();
    for (const early of this.#early.splice(0)) early.resolve(false);
    clearTimeout(this.#timers.wait);
    clearTimeout(this.#timers.deadline);
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#options.parent?.nested.delete(this);
    this.#inbox.end(error);
    this.#settled();
  }

  #settled() {
    if (!this.#settle) return;
    const { resolve, reject } = this.#settle;
    if (this.#error) reject(this.#error);
    else resolve(joined(this.#result));
  }
}
