import { must } from './errors.js';
import { isName } from './frames.js';
import { DEFAULTS } from './handshake.js';
import * as meta from './keys.js';
import { isMap } from './maps.js';
import { CREDIT, ERROR, INTERRUPT, INVOKE, PART } from './numbers.js';
import { RESERVED } from './remote.js';
import { Run, errorFrame } from './run.js';
import { NOT_MAP, REFUSED_STREAMS, REOPENED, UNDECODABLE, WRONG_STREAM, say } from './texts.js';

/** Streams that the peer has opened. */
export class Runs {
  #streams = new Map();
  #top = 0;

  constructor(host) {
    this.host = host;
  }

  /** A frame on a stream of the peer. */
  frame(f) {
    const { type, stream } = f;
    const { assembly, limits } = this.host;
    const run = this.#streams.get(stream);
    if (stream > this.#top) {
      must(type === INVOKE || type === PART, WRONG_STREAM);
      this.#top = stream;
      const { size } = this.#streams;
      const refused = size >= limits.streams;
      if (type === INVOKE) this.#invoked(f, refused && 8);
      else {
        must(size < 2 * limits.streams || !refused, REFUSED_STREAMS, 4505);
        this.#streams.set(stream, { pending: true });
        if (refused) this.#refuse(stream, 8);
        else this.#part(f);
      }
    } else if (type === INVOKE) {
      must(run?.pending, REOPENED);
      this.#streams.delete(stream);
      if (!run.refused) this.#invoked(f);
    } else if (run) {
      if (type === ERROR) {
        assembly.drop(stream);
        this.#streams.delete(stream);
        run.abandon?.();
      } else if (run.refused) {
        // What it still sends was sent before it was told.
      } else if (type === PART) this.#part(f);
      else {
        must(!run.pending, WRONG_STREAM);
        if (type === INTERRUPT) run.interrupted(f);
        else if (type === CREDIT) run.credited(f.items);
        else run.item(f, this.host.payload(f));
      }
    }
  }

  #part({ stream, payload }) {
    const code = this.host.assembly.add(stream, payload);
    if (!code) return;
    const run = this.#streams.get(stream);
    if (run.pending) this.#refuse(stream, code);
    else run.stop(code);
  }

  /** Refuses a stream of which only PARTs have arrived. */
  #refuse(stream, code) {
    this.host.assembly.drop(stream);
    this.#streams.set(stream, { pending: true, refused: true });
    this.#answer(stream, code);
  }

  #answer(stream, code, message) {
    this.host.push(errorFrame(this.host, stream, code, { retryable: code === 8 || code === 34, message }));
  }

  /** The checks of section 9.7, in their order. */
  #invoked(f, refusal) {
    const code = this.#check(f, refusal, this.host.assembly.take(f.stream, f.payload));
    if (code) this.#answer(f.stream, ...[code].flat());
  }

  #check(f, refusal, payload) {
    const { stream, alias, metadata } = f;
    const { host } = this;
    if (refusal) return refusal;
    if (!payload) return 36;
    const name = alias ? RESERVED[alias] || host.offers?.name(alias) : f.name;
    if (name === undefined) return 34;
    const action = isName(name) && host.actions.get(name);
    if (!action) return 5;
    const parent = metadata[meta.PARENT];
    if ((parent && !host.calls.has(parent)) || metadata[meta.DEPTH] > 8) return 9;
    let args = {};
    try {
      if (payload.length) args = host.codec.decode(payload);
    } catch {
      return [3, say(UNDECODABLE)];
    }
    if (!isMap(args)) return [3, say(NOT_MAP)];
    if (host.offers?.isKnown(f, action)) return 0;
    if (metadata[meta.DEADLINE] === 0) return 4;
    const run = new host.Run(this, f, action, args);
    this.#streams.set(stream, run);
    host.offers?.began(run);
    run.start();
    return 0;
  }

  /** A run has ended. */
  over({ stream }) {
    this.#streams.delete(stream);
    this.host.assembly.drop(stream);
  }

  /** The session is lost. */
  reset() {
    for (const run of [...this.#streams.values()]) run.abandon?.();
    this.#streams.clear();
    this.#top = 0;
  }
}

/** Lets the server call what is in `host.actions`. */
export function serve(host) {
  const { limits, options } = host;
  host.runs = new Runs(host);
  host.actions ??= new Map();
  host.Run ??= Run;
  limits.streams = options.limits?.streams ?? DEFAULTS.streams;
}
