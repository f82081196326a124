import { NO_BYTES } from './bytes.js';
import { failure, must } from './errors.js';
import { fields } from './frames.js';
import { inbox } from './inbox.js';
import { itemOf, payload } from './items.js';
import * as meta from './keys.js';
import { encodeMetadata } from './metadata.js';
import { BYTES, CREDIT, DATA, TEXT } from './numbers.js';
import { Outbox } from './outbox.js';
import { Run } from './run.js';
import * as t from './texts.js';
import { charge } from './values.js';

const TYPES = { text: TEXT, bytes: BYTES, items: DATA, value: DATA };

/** A run that may give and take items, tell of its progress, and make calls of its own. */
export class StreamingRun extends Run {
  nested = new Set(); // calls that are made for it
  #finishing = new AbortController();
  #granted; // items that the caller may still send
  #taken = 0;
  #inputEnded;
  #buffered = 0; // bytes in the inbox
  #inbox = inbox((item) => this.#consumed(item));
  #iterator;
  #progress;

  constructor(host, f, action, args) {
    super(host, f, action, args);
    this.depth = f.metadata[meta.DEPTH] ?? 0;
    this.#inputEnded = f.end;
    this.#granted = this.host.limits.items;
    if (f.end) this.#inbox.end();
    this.outbox = new Outbox(this.host, this.stream, this.credit);
  }

  get context() {
    const run = this;
    const { metadata, deadline, host } = run;
    return {
      ...super.context,
      finishing: run.#finishing.signal,
      items: run.#inbox,
      key: metadata[meta.KEY],
      traceparent: metadata[meta.TRACEPARENT],
      progress(done, total = null, description = null) {
        run.#report([done, total, description]);
      },
      invoke(name, args, options) {
        return host.invoke(name, args, { signal: run.stopped.signal, timeout: deadline && Math.max(0, deadline - Date.now()), ...options, parent: run });
      },
    };
  }

  async start() {
    const { handler, validate, descriptor } = this.action;
    let begun = false;
    try {
      const violations = await validate?.(this.args);
      if (violations?.length) throw failure('INVALID_ARGUMENT', t.UNFIT, { violations });
      begun = true;
      const result = await handler(this.args, this.context);
      if (this.isOver) return;
      if (typeof result?.[Symbol.asyncIterator] === 'function' && !result.then) await this.#stream(result, TYPES[descriptor.result]);
      else if (descriptor.result === 'none' || result === undefined) await this.#end();
      else {
        const [type, bytes] = payload(this.host.codec, result, TYPES[descriptor.result] ?? DATA);
        this.#fits(bytes);
        await this.#put(type, bytes, true);
      }
    } catch (error) {
      this.failed(error, begun);
    }
  }

  #fits(bytes) {
    if (bytes.length > this.host.peer.item) throw failure('TOO_LARGE', t.RESULT_SIZE);
  }

  async #stream(items, declared) {
    const iterator = (this.#iterator = items[Symbol.asyncIterator]());
    let type = declared;
    let half = '';
    for (;;) {
      const { done, value } = await iterator.next();
      if (this.isOver) return void this.#leave();
      if (done) break;
      let item = value;
      if (typeof item === 'string' && (type ?? TEXT) === TEXT) {
        // A piece may end in the middle of a surrogate pair: the half waits for the next piece.
        item = half + item;
        half = /[\ud800-\udbff]$/.test(item) ? item.at(-1) : '';
        if (half) item = item.slice(0, -1);
        if (!item) continue;
      }
      const [kind, bytes] = payload(this.host.codec, item, type);
      this.#fits(bytes);
      type = kind;
      if (bytes.length && !(await this.#put(kind, bytes, false))) return void this.#leave();
    }
    if (half) throw new TypeError(t.say(t.UNSENDABLE));
    await this.#end(type);
  }

  /** Nobody waits for more of the generator, nor for what its end says. */
  #leave() {
    Promise.resolve(this.#iterator?.return?.()).catch(() => {});
  }

  async #put(type, bytes, end) {
    const metadata = this.#progress && encodeMetadata(this.host.codec, { [meta.PROGRESS]: this.#progress });
    this.#progress = undefined;
    const sent = await this.outbox.send(type, bytes, { end, metadata });
    if (sent && end && !this.isOver) this.over({ type, bytes });
    return sent;
  }

  #end(type = DATA) {
    return this.#put(type, NO_BYTES, true);
  }

  #report(progress) {
    if (this.isOver) return;
    this.#progress = progress;
    if (!this.host.room()) this.#put(DATA, NO_BYTES, false).catch((error) => this.failed(error, true));
  }

  credited(items) {
    must(this.outbox.add(items), t.MUCH_CREDIT);
  }

  over(outcome) {
    super.over(outcome);
    if (outcome?.code) this.outbox.close();
    this.#inbox.end();
    this.#inbox.items.length = 0;
    this.#buffer(-this.#buffered);
    this.host.offers.over(this, outcome);
    for (const call of [...this.nested]) call.cancel('its invocation has ended');
    if (!outcome || outcome.code) this.#leave();
  }

  interrupted(f) {
    if (f.mode) this.#finishing.abort();
    else super.interrupted(f);
  }

  /** An item of the caller. */
  item({ type, end }, bytes) {
    if (this.isOver) return;
    if (this.#inputEnded || (bytes?.length && !this.action.descriptor.items)) return this.stop(9, t.NOT_TAKEN);
    if (!bytes) return this.stop(36);
    if (bytes.length) {
      if (this.#granted-- < 1) return this.stop(8, t.NO_CREDIT);
      let value;
      try {
        value = itemOf(this.host.codec, type, bytes);
      } catch {
        return this.stop(3, t.UNDECODABLE);
      }
      const { buffered, limits } = this.host;
      const size = charge(limits, bytes, value);
      if (buffered + size > limits.buffer) return this.stop(8, t.UNREAD);
      this.#buffer(size);
      this.#inbox.push({ value, size });
    }
    this.#inputEnded = end;
    if (end) this.#inbox.end();
    return undefined;
  }

  #buffer(size) {
    this.#buffered += size;
    this.host.buffered += size;
  }

  #consumed({ size }) {
    this.#buffer(-size);
    if (this.#inputEnded || ++this.#taken < this.host.limits.items / 2) return;
    this.#granted += this.#taken;
    this.host.urge(fields(CREDIT, this.stream, [this.#taken]));
    this.#taken = 0;
  }
}
