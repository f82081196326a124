import { must } from './errors.js';
import { isName } from './frames.js';
import { DEFAULTS } from './handshake.js';
import * as meta from './keys.js';
import { isMap } from './maps.js';
import { CREDIT, ERROR, INTERRUPT, INVOKE, PART } from './numbers.js';
import { RESERVED } from './remote.js';
import { Run, errorFrame } from './run.js';
import { NOT_MAP, REFUSED_STREAMS, REOPENED, UNDECODABLE, WRONG_STREAM, say } from './texts.js';
import { charge } from './values.js';

/** Lets the server call what is in `host.actions`: the streams that it has opened. */
export function serve(host) {
  const { limits } = host;
  const streams = new Map();
  let top = 0;
  let running = 0; // handlers, also those that go on although they were stopped

  const answer = (stream, code, message) => host.push(errorFrame(host, stream, code, { retryable: code === 8 || code === 34, message }));

  /** Refuses a stream of which only PARTs have arrived. */
  const refuse = (stream, code) => {
    host.assembly.drop(stream);
    streams.set(stream, { pending: true, refused: true });
    answer(stream, code);
  };

  const part = ({ stream, payload }, run) => {
    const code = host.assembly.add(stream, payload);
    if (!code) return;
    if (run.pending) refuse(stream, code);
    else run.stop(code);
  };

  /** The checks of section 9.7, in their order. */
  const check = (f, payload, full) => {
    const { stream, alias, metadata } = f;
    // Items that nobody has taken and the arguments of what runs share one bound.
    if (full || host.buffered + payload?.length > limits.buffer) return [8];
    if (!payload) return [36];
    const name = alias ? RESERVED[alias] || host.offers?.name(alias) : f.name;
    if (name === undefined) return [34];
    const action = isName(name) && host.actions.get(name);
    if (!action) return [5];
    const parent = metadata[meta.PARENT];
    if ((parent && !host.calls.has(parent)) || metadata[meta.DEPTH] > 8) return [9];
    let args = {};
    try {
      if (payload.length) args = host.codec.decode(payload);
    } catch {
      return [3, say(UNDECODABLE)];
    }
    if (!isMap(args)) return [3, say(NOT_MAP)];
    if (host.offers?.isKnown(f, action)) return [];
    if (metadata[meta.DEADLINE] === 0) return [4];
    const size = charge(limits, payload, args);
    if (host.buffered + size > limits.buffer) return [8];
    const run = new host.Run(host, f, action, args);
    streams.set(stream, run);
    host.offers?.began(run);
    running++;
    host.buffered += size;
    run.start().then(() => {
      running--;
      host.buffered -= size;
    });
    return [];
  };

  const invoked = (f, full) => {
    const refusal = check(f, host.assembly.take(f.stream, f.payload), full);
    if (refusal.length) answer(f.stream, ...refusal);
  };

  host.runs = {
    /** A frame on a stream of the peer. */
    frame(f) {
      const { type, stream } = f;
      const run = streams.get(stream);
      if (stream > top) {
        must(type === INVOKE || type === PART, WRONG_STREAM);
        top = stream;
        const { size } = streams;
        const full = size >= limits.streams || running > limits.streams;
        if (type === INVOKE) invoked(f, full);
        else {
          const pending = { pending: true };
          must(size < 2 * limits.streams || !full, REFUSED_STREAMS, 4505);
          streams.set(stream, pending);
          if (full) refuse(stream, 8);
          else part(f, pending);
        }
      } else if (type === INVOKE) {
        must(run?.pending, REOPENED);
        streams.delete(stream);
        if (!run.refused) invoked(f);
      } else if (type === ERROR) {
        host.runs.over(f);
        run?.abandon?.();
      } else if (run && !run.refused) { // what a refused one still sends was sent before it was told
        if (type === PART) part(f, run);
        else {
          must(!run.pending, WRONG_STREAM);
          if (type === INTERRUPT) run.interrupted(f);
          else if (type === CREDIT) run.credited(f.items);
          else run.item(f, host.payload(f));
        }
      }
    },

    /** A run has ended. */
    over({ stream }) {
      streams.delete(stream);
      host.assembly.drop(stream);
    },

    /** The session is lost. */
    reset() {
      for (const run of [...streams.values()]) run.abandon?.();
      streams.clear();
      top = 0;
    },
  };
  host.actions ??= new Map();
  host.Run ??= Run;
  limits.streams = host.options.limits?.streams ?? DEFAULTS.streams;
}
