import { NO_BYTES, utf8 } from './bytes.js';
import { AgentError } from './errors.js';
import { BYTES, CREDIT, DATA, ERROR, TEXT, fields } from './frames.js';
import { Inbox } from './inbox.js';
import { itemOf, payload } from './items.js';
import * as meta from './metadata.js';
import { Outbox } from './outbox.js';

const TYPES = { text: TEXT, bytes: BYTES, items: DATA, value: DATA };
const LONGEST = 2 ** 31 - 1; // milliseconds of a timer

/** One run of an action that this side offers, on a stream of the peer (section 9.3). */
export class Run {
  nested = new Set(); // calls that are made for it
  #stop = new AbortController();
  #finishing = new AbortController();
  #granted; // items that the caller may still send
  #taken = 0;
  #inputEnded;
  #inbox;
  #iterator;
  #timer;
  #progress;

  constructor(runs, { stream, end, metadata }, action, args) {
    Object.assign(this, { runs, session: runs.session, stream, action, args, metadata });
    this.depth = metadata[meta.DEPTH] ?? 0;
    this.#inputEnded = end;
    this.#granted = this.session.limits.items;
    this.#inbox = new Inbox(() => this.#consumed());
    if (end) this.#inbox.end();
    this.outbox = new Outbox(this.session, stream, metadata[meta.CREDIT] ?? Infinity);
    const time = metadata[meta.DEADLINE];
    if (time !== undefined) {
      this.deadline = Date.now() + time;
      this.#timer = setTimeout(() => this.stop(4, 'The time is over.'), Math.min(time, LONGEST));
    }
  }

  /** What the handler is given beside the arguments. */
  get context() {
    const run = this;
    return {
      signal: this.#stop.signal,
      finishing: this.#finishing.signal,
      items: this.#inbox,
      deadline: this.deadline,
      key: this.metadata[meta.KEY],
      traceparent: this.metadata[meta.TRACEPARENT],
      parent: this.session.calls.get(this.metadata[meta.PARENT]),
      progress(done, total = null, description = null) {
        run.#report([done, total, description]);
      },
      invoke(name, args, options) {
        return run.session.invoke(name, args, { signal: run.#stop.signal, timeout: run.deadline && Math.max(0, run.deadline - Date.now()), ...options, parent: run });
      },
    };
  }

  async start() {
    const { handler, validate, descriptor } = this.action;
    let begun = false;
    try {
      const violations = await validate?.(this.args);
      if (violations?.length) throw new AgentError('INVALID_ARGUMENT', `The arguments do not fit: ${violations.length} violation(s).`, { violations });
      begun = true;
      const result = await handler(this.args, this.context);
      if (this.isOver) return;
      if (typeof result?.[Symbol.asyncIterator] === 'function' && !result.then) await this.#stream(result, TYPES[descriptor.result]);
      else if (descriptor.result === 'none' || result === undefined) this.#end();
      else {
        const [type, bytes] = payload(this.session.codec, result, TYPES[descriptor.result] ?? DATA);
        if (bytes.length > this.session.peerItem) throw new AgentError('TOO_LARGE', 'The result is larger than the caller takes.');
        await this.#put(type, bytes, true);
      }
    } catch (error) {
      this.#failed(error, begun);
    }
  }

  async #stream(items, declared) {
    const iterator = (this.#iterator = items[Symbol.asyncIterator]());
    let type = declared;
    let half = '';
    for (;;) {
      const { done, value } = await iterator.next();
      if (this.isOver) return void iterator.return?.();
      if (done) break;
      let item = value;
      if (typeof item === 'string' && (type ?? TEXT) === TEXT) {
        // A piece may end in the middle of a surrogate pair: the half waits for the next piece.
        item = half + item;
        half = /[\ud800-\udbff]$/.test(item) ? item.at(-1) : '';
        if (half) item = item.slice(0, -1);
        if (!item) continue;
      }
      const [kind, bytes] = payload(this.session.codec, item, type);
      if (bytes.length > this.session.peerItem) throw new AgentError('TOO_LARGE', 'An item is larger than the caller takes.');
      type = kind;
      if (bytes.length && !(await this.#put(kind, bytes, false))) return void iterator.return?.();
    }
    if (half) throw new TypeError('The text ends with half of a surrogate pair.');
    this.#end(type);
  }

  async #put(type, bytes, end) {
    const metadata = this.#progress && meta.encodeMetadata(this.session.codec, { [meta.PROGRESS]: this.#progress });
    this.#progress = undefined;
    const sent = await this.outbox.send(type, bytes, { end, metadata });
    if (sent && end && !this.isOver) this.#over({ type, bytes });
    return sent;
  }

  #end(type = DATA) {
    this.#put(type, NO_BYTES, true);
  }

  #report(progress) {
    if (this.isOver) return;
    this.#progress = progress;
    if (!this.session.sequence.room()) this.#put(DATA, NO_BYTES, false);
  }

  #failed(error, begun) {
    if (this.isOver) return;
    const own = error instanceof AgentError && !error.foreign && ![33, 34, 37].includes(error.number);
    const correlation = own ? error.correlation : Math.random().toString(36).slice(2); // no secret: it leads to a log
    if (!own) this.session.host.report(`The action ${this.action.name} failed (${correlation})`, error);
    const failure = own ? error : new AgentError('INTERNAL', 'The action failed.', { correlation });
    this.#error(failure, begun);
  }

  /** Ends the run with an ERROR, behind its items. */
  #error({ number, text: message, retryable, violations, correlation }, begun) {
    if (this.isOver) return;
    this.#over({ code: number, begun });
    this.session.push([errorFrame(this.session, this.stream, number, { retryable, begun, message, violations, correlation })]);
  }

  /** Stops the run: its items are dropped (section 9.5). */
  stop(code, message = '') {
    if (this.isOver) return;
    this.#over({ code, begun: true });
    this.session.sequence.drop(this.stream);
    this.session.urge(errorFrame(this.session, this.stream, code, { begun: true, message }));
  }

  /** The stream is closed, by whatever. */
  #over(outcome) {
    this.isOver = true;
    clearTimeout(this.#timer);
    if (outcome?.code) this.outbox.close();
    this.#inbox.end();
    this.#inbox.drain();
    this.runs.over(this, outcome);
    for (const call of [...this.nested]) call.cancel('its invocation has ended');
    if (outcome?.code || !outcome) {
      this.#stop.abort(new AgentError(outcome?.code ?? 'CANCELLED', 'The invocation has ended.'));
      this.#iterator?.return?.()?.catch?.(() => {});
    }
  }

  /** The peer has ended it, or the session is gone: nothing is sent. */
  abandon() {
    if (!this.isOver) this.#over();
  }

  interrupted({ mode }) {
    if (mode === 1) this.#finishing.abort();
    else this.stop(1);
  }

  /** An item of the caller. */
  item({ type, end }, bytes) {
    if (this.isOver) return;
    if (this.#inputEnded || (bytes?.length && !this.action.descriptor.items)) return this.stop(9, 'Items are not taken here.');
    if (!bytes) return this.stop(36);
    if (bytes.length) {
      if (this.#granted-- < 1) return this.stop(8, 'An item without credit.');
      let value;
      try {
        value = itemOf(this.session.codec, type, bytes);
      } catch {
        return this.stop(3, 'An item cannot be decoded.');
      }
      this.#inbox.push({ value });
    }
    this.#inputEnded = end;
    if (end) this.#inbox.end();
    return undefined;
  }

  #consumed() {
    if (this.#inputEnded || ++this.#taken < this.session.limits.items / 2) return;
    this.#granted += this.#taken;
    this.session.urge(fields(CREDIT, this.stream, [this.#taken]));
    this.#taken = 0;
  }
}

/** An ERROR frame (section 5.11). */
export function errorFrame(session, stream, code, { retryable, begun, message = '', violations = [], correlation }) {
  const details = violations.length || correlation ? { violations: violations.length ? violations.slice(0, 8) : undefined, correlation } : undefined;
  let metadata;
  try {
    metadata = details && meta.encodeMetadata(session.codec, { [meta.DETAILS]: details });
    // Metadata has at most 4 KiB, and a frame has to hold it.
    if (metadata?.length > Math.min(4096, session.frameLimit / 4)) throw new RangeError('too large');
  } catch {
    // A violation that cannot be sent: only the correlation is, and the error in any case.
    metadata = correlation && meta.encodeMetadata(session.codec, { [meta.DETAILS]: { correlation } });
  }
  return fields(ERROR, stream, [code, (retryable ? 1 : 0) + (begun ? 2 : 0)], utf8(message.slice(0, 1000).toWellFormed()), { metadata });
}
