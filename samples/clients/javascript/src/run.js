import { NO_BYTES, utf8 } from './bytes.js';
import { AgentError, failure } from './errors.js';
import { fields } from './frames.js';
import * as meta from './keys.js';
import { encodeMetadata } from './metadata.js';
import { DATA, ERROR, MAX_INT } from './numbers.js';
import { ACTION, ENDED, FAILED, NOT_TAKEN, RESULT_SIZE, TIME_OVER, say } from './texts.js';

/** One run of an action that this side offers, on a stream of the peer (section 9.3): here one that gives a value. */
export class Run {
  isOver = false;
  stopped = new AbortController();
  #timer;
  #answer;

  constructor(host, { stream, metadata }, action, args) {
    Object.assign(this, { host, stream, action, args, metadata });
    this.credit = metadata[meta.CREDIT] ?? Infinity;
    const time = metadata[meta.DEADLINE];
    if (time !== undefined) {
      this.deadline = Date.now() + time;
      this.#timer = setTimeout(() => this.stop(4, TIME_OVER), Math.min(time, MAX_INT));
    }
  }

  /** What the handler is given beside the arguments. */
  get context() {
    const { deadline } = this;
    return { signal: this.stopped.signal, deadline, parent: this.host.calls.get(this.metadata[meta.PARENT]) };
  }

  async start() {
    try {
      this.put(DATA, this.host.codec.encode(await this.action.handler(this.args, this.context)));
    } catch (error) {
      this.failed(error, true);
    }
  }

  /** Sends the value when there is credit for it. */
  put(type, bytes) {
    if (bytes.length > this.host.peer.item) throw failure('TOO_LARGE', RESULT_SIZE);
    this.#answer = { type, bytes };
    this.credited(0);
  }

  /** CREDIT of the caller. */
  credited(items) {
    this.credit += items;
    const answer = this.#answer;
    if (this.isOver || !answer || !this.credit) return;
    this.over(answer);
    this.host.put(answer.type, this.stream, NO_BYTES, answer.bytes, { end: true });
  }

  failed(error, begun) {
    if (this.isOver) return;
    const own = error instanceof AgentError && !error.foreign && ![33, 34, 37].includes(error.number);
    const correlation = own ? error.correlation : Math.random().toString(36).slice(2); // no secret: it leads to a log
    if (!own) this.host.report(`${say(ACTION)} ${this.action.name} (${correlation})`, error);
    const { number, text: message, retryable, violations } = own ? error : failure('INTERNAL', FAILED);
    this.over({ code: number, begun });
    this.host.push(errorFrame(this.host, this.stream, number, { retryable, begun, message, violations, correlation }));
  }

  /** Stops the run: its items are dropped (section 9.5). */
  stop(code, text) {
    if (this.isOver) return;
    this.over({ code, begun: true });
    this.host.drop(this.stream);
    this.host.urge(errorFrame(this.host, this.stream, code, { begun: true, message: text && say(text) }));
  }

  /** The stream is closed, by whatever. */
  over(outcome) {
    this.isOver = true;
    clearTimeout(this.#timer);
    this.host.runs.over(this);
    if (!outcome || outcome.code) this.stopped.abort(failure(outcome?.code ?? 'CANCELLED', ENDED));
  }

  /** The peer has ended it, or the session is gone: nothing is sent. */
  abandon() {
    if (!this.isOver) this.over();
  }

  interrupted({ mode }) {
    if (!mode) this.stop(1);
  }

  /** An item of the caller. */
  item() {
    this.stop(9, NOT_TAKEN);
  }
}

/** An ERROR frame (section 5.11). */
export function errorFrame({ codec, peer }, stream, code, { retryable, begun, message = '', violations = [], correlation }) {
  let metadata;
  // A violation that cannot be sent: only the correlation is, and the error in any case.
  for (const details of [violations.length ? { violations: violations.slice(0, 8), correlation } : undefined, correlation ? { correlation } : undefined]) {
    try {
      metadata ??= encodeMetadata(codec, { [meta.DETAILS]: details });
      // Metadata has at most 4 KiB, and a frame has to hold it.
      if (metadata?.length > Math.min(4096, peer.frame / 4)) metadata = undefined;
    } catch {
      // falls through: without it
    }
  }
  return fields(ERROR, stream, [code, (retryable ? 1 : 0) + (begun ? 2 : 0)], utf8(message.slice(0, 1000).toWellFormed()), { metadata });
}
