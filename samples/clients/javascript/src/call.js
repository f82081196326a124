import { MAX_INT, concat, utf8, uvarint } from './bytes.js';
import { AgentError, failure, foreign } from './errors.js';
import { CREDIT, ERROR, INTERRUPT, INVOKE, fields } from './frames.js';
import { Inbox } from './inbox.js';
import { itemOf, join, joined } from './items.js';
import { isMap } from './maps.js';
import * as meta from './metadata.js';
import { fragments } from './parts.js';
import * as t from './texts.js';

const REPEATS = 3; // a call that brings its server down is not repeated for ever, section 11.3

/** The head of INVOKE and EVENT: an alias, or a name (section 8.2). */
export const reference = (name, alias) => {
  const inline = utf8(name);
  return alias ? uvarint(alias * 2) : concat([uvarint(inline.length * 2 + 1), inline]);
};

/** An invocation of the peer's action: a promise of its result, and an async iterable of its items. */
export class Call {
  stream; // id, while it has one
  sent = false; // whether its INVOKE has a number
  isDone = false;
  sender; // of the items of this side
  #session;
  #arguments;
  #granted; // items that the callee may still send
  #taken; // items that were taken and not granted again
  #buffered = 0; // bytes in the inbox
  #given = false; // whether the application has got an item
  #repeats = 0;
  #resends = 0; // after ERROR 33
  #asked = 0; // credit of the application, where `prefetch` is 0
  #cancelling = false;
  #error;
  #mode; // 1: items are put together, 2: they are read
  #result; // of the items so far, in mode 1
  #promise;
  #settle;
  #settled = new Promise((resolve) => {
    this.#settle = resolve;
  });
  #inbox = new Inbox((item) => this.#took(item), () => this.cancel());
  #deadlineTimer;
  #waitTimer;
  #abort = () => this.cancel(this.options.signal.reason);

  constructor(session, name, args = {}, options = {}) {
    Object.assign(this, { name, options });
    this.#session = session;
    const { timeout, signal, parent, items } = options;
    parent?.nested.add(this);
    try {
      if (!isMap(args)) throw new TypeError(t.say(t.ARGUMENTS_MAP));
      this.#arguments = session.codec.encode(args);
      if (this.#arguments.length > session.peerItem) throw failure('TOO_LARGE', t.ARGUMENTS_SIZE);
      signal?.throwIfAborted();
      if (items) this.sender = session.host.sender(this, session);
    } catch (error) {
      this.#finish(error instanceof AgentError ? error : new AgentError(signal?.aborted ? 'CANCELLED' : 'INVALID_ARGUMENT', error.message, { cause: error }));
      return;
    }
    signal?.addEventListener('abort', this.#abort);
    if (timeout !== undefined) {
      this.deadline = Date.now() + timeout;
      this.#deadlineTimer = setTimeout(() => this.#stop('DEADLINE_EXCEEDED', t.say(t.TIME_OVER)), Math.min(timeout, MAX_INT));
    }
    session.begin(this);
  }

  then(fulfilled, rejected) {
    return (this.#promise ??= this.#collect()).then(fulfilled, rejected);
  }

  catch(rejected) {
    return this.then(undefined, rejected);
  }

  finally(settled) {
    return this.then().finally(settled);
  }

  async #collect() {
    if (!this.#mode) {
      this.#mode = 1;
      for (const item of this.#inbox.drain()) this.#took(item);
    }
    await this.#settled;
    if (this.#error) throw this.#error;
    return joined(this.#result);
  }

  [Symbol.asyncIterator]() {
    if (this.#mode) throw new TypeError(t.say(t.READ_ONCE));
    this.#mode = 2;
    return this.#inbox;
  }

  /** All items, at most `max`. */
  async toArray(max = 10000) {
    const items = [];
    for await (const item of this) if (items.push(item) > max) throw failure('TOO_LARGE', t.COUNT);
    return items;
  }

  /** Sends an item to the action; resolves when it is queued, to false if the call is over. */
  async send(item) {
    if (!this.options.items) throw new TypeError(t.say(t.NO_ITEMS));
    return this.isDone ? false : this.sender.put(item);
  }

  /** Says that no more items come. */
  async end() {
    return this.isDone ? false : this.sender.end();
  }

  /** Lets the callee send more items, where `prefetch` is 0. */
  request(items) {
    if (this.isDone || this.#cancelling) return;
    this.#asked += items;
    if (this.stream === undefined) return;
    this.#granted += items;
    this.#urge(CREDIT, [items]);
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

  #stop(code, text, cause) {
    if (this.isDone) return;
    const { mayHaveRun } = this;
    if (this.sent) {
      this.#session.sequence.drop(this.stream);
      this.#cancelling = true;
      this.#urge(INTERRUPT, [0], typeof cause === 'string' ? cause : '');
    } else this.#session.forget(this);
    this.#drop();
    this.#finish(new AgentError(code, text, { mayHaveRun, cause }));
  }

  get mayHaveRun() {
    return this.sent || this.#repeats > 0;
  }

  /** Sends the INVOKE on a new stream (section 5.7): by alias where there is one, with what is left of the deadline. */
  open(stream) {
    const { name, options: { key, traceparent, parent, items, prefetch = this.#session.options.prefetch ?? 32 }, deadline } = this;
    const { codec, remote, frameLimit } = this.#session;
    Object.assign(this, { stream, prefetch, sent: false });
    this.#cancelling = false;
    this.#granted = prefetch || this.#asked;
    this.#taken = 0;
    const metadata = meta.encodeMetadata(codec, {
      [meta.PARENT]: parent?.stream,
      [meta.DEADLINE]: deadline && Math.min(MAX_INT, Math.max(0, deadline - Date.now())),
      [meta.KEY]: key,
      [meta.TRACEPARENT]: traceparent,
      [meta.CREDIT]: this.#granted,
      [meta.DEPTH]: parent && parent.depth + 1,
    });
    const frames = fragments(INVOKE, stream, reference(name, remote.alias(name)), this.#arguments, { end: !items, metadata }, frameLimit);
    frames.at(-1).sent = () => {
      this.sent = true;
      clearTimeout(this.#waitTimer);
      this.#waitTimer = undefined;
    };
    this.#session.push(frames);
    this.sender?.open(stream);
  }

  /** Ends the call if it is not sent within some time. */
  expectConnection(ms, error) {
    if (this.sent || this.isDone) return;
    this.#waitTimer ??= setTimeout(() => {
      this.#waitTimer = undefined;
      if (this.sent || this.#session.isConnected) return;
      this.#session.forget(this);
      this.#finish(error());
    }, ms);
  }

  /** A DATA, TEXT or BYTES frame of the callee. */
  item({ type, end, metadata }, bytes) {
    const { onProgress } = this.options;
    const progress = metadata[meta.PROGRESS];
    if (onProgress && progress && !this.isDone) this.#session.host.tried(onProgress, meta.progress(progress));
    const refused = !this.#cancelling && this.#add(type, bytes);
    if (refused) this.refuse(...refused);
    else if (end) {
      this.#session.closed(this);
      this.#finish();
    }
  }

  /** Takes an item in; gives the code and the text of an error if that is not possible. */
  #add(type, bytes) {
    if (!bytes) return [36, t.ITEM_SIZE];
    const size = bytes.length;
    if (!size) return undefined;
    if (this.#granted-- < 1) return [8, t.NO_CREDIT];
    let value;
    try {
      value = itemOf(this.#session.codec, type, bytes);
    } catch {
      return [3, t.UNDECODABLE];
    }
    const item = { type, value, size };
    this.#buffer(size);
    if (this.#mode === 1) this.#took(item);
    else if (this.#session.buffered > this.#session.limits.buffer) {
      this.#buffer(-size);
      return [8, t.UNREAD];
    } else this.#inbox.push(item);
    return undefined;
  }

  /** An ERROR frame of the callee. */
  failed(f) {
    const { code, flags } = f;
    const isNew = !this.isDone && !this.#given && !this.#result && !this.#inbox.items.length;
    if (this.sent) this.#session.closed(this);
    else this.#session.forget(this);
    // It has certainly not run: its alias was unknown, or its PARTs were lost with a process of the server (section 11.2).
    if (isNew && (code === 34 ? !this.sender?.used && this.#session.remote.unbind(this.name) : code === 33 && flags & 1 && !this.options.items && this.#resends++ < REPEATS)) {
      this.stream = undefined;
      this.#session.begin(this);
    } else this.#finish(foreign(f, f.metadata[meta.DETAILS], this.#repeats > 0));
  }

  /**
   * The session was lost. Says what becomes of the call: 1 if it was not sent, 2 if it may be made again, in both cases it has
   * no stream any more; 0 if it has ended.
   */
  reset() {
    const { sent, sender, options: { items, parent, idempotent } } = this;
    this.stream = undefined;
    this.sent = false;
    sender?.reset();
    if (this.isDone) return 0;
    if (!sent && !sender?.used) return this.#repeats ? 2 : 1;
    if (sent && !items && !parent && !this.#given && idempotent !== false && this.#repeats++ < REPEATS) {
      this.#result = undefined;
      this.#drop(); // nobody has seen it
      return 2;
    }
    this.stop(failure('SESSION_RESET', t.RESET), sent);
    return 0;
  }

  /** Ends the call because its session or its connection is gone. */
  stop(error, mayHaveRun = this.mayHaveRun) {
    this.#finish(Object.assign(error, { mayHaveRun }));
  }

  #urge(type, numbers, tail = '') {
    this.#session.urge(fields(type, this.stream, numbers, utf8(tail)));
  }

  /** Ends the call with an error toward both sides. */
  refuse(code, text) {
    this.#session.sequence.drop(this.stream);
    this.#urge(ERROR, [code, 0]);
    this.#session.closed(this);
    this.#finish(failure(code, text, { mayHaveRun: true }));
  }

  /** Drops what has arrived and nobody has taken. */
  #drop() {
    for (const { size } of this.#inbox.drain()) this.#buffer(-size);
  }

  /** Counts bytes that nobody has read while the call is open; afterwards they are the application's. */
  #buffer(size) {
    if (this.isDone) return;
    this.#buffered += size;
    this.#session.buffered += size;
  }

  #took(item) {
    this.#buffer(-item.size);
    if (this.#mode === 1) {
      this.#result = join(this.#result, item);
      if (this.#result.size > this.#session.limits.item) this.#stop('TOO_LARGE', t.say(t.RESULT_SIZE));
    } else this.#given = true;
    if (this.prefetch && ++this.#taken >= this.prefetch / 2) {
      this.request(this.#taken);
      this.#taken = 0;
    }
  }

  #finish(error) {
    if (this.isDone) return;
    this.#buffer(-this.#buffered);
    this.isDone = true;
    this.#error = error;
    this.sender?.close();
    clearTimeout(this.#waitTimer);
    clearTimeout(this.#deadlineTimer);
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.options.parent?.nested.delete(this);
    this.#inbox.end(error);
    this.#settle();
  }
}
