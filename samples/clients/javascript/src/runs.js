import { NO_BYTES, utf8, uvarint } from './bytes.js';
import { ProtocolError } from './errors.js';
import { CREDIT, DEFINE, ERROR, INTERRUPT, INVOKE, PART, isName } from './frames.js';
import * as meta from './metadata.js';
import { fragments } from './parts.js';
import { mayRunTwice } from './remote.js';
import { Run, errorFrame } from './run.js';
import { isMap } from './values.js';

const KEYS = 256; // idempotency keys that are remembered
const KEPT = 16384; // bytes of a result that is kept for its key

/** Streams that the peer has opened, and the aliases of the actions that this side offers. */
export class Runs {
  #streams = new Map();
  #top = 0;
  #aliases = new Map(); // name -> alias
  #names = new Map(); // alias -> name, or undefined where it was withdrawn
  #keys = new Map();

  constructor(session) {
    this.session = session;
  }

  get #offers() {
    return this.session.host.offers;
  }

  /** A new session knows nothing of the actions yet. */
  announce() {
    for (const action of this.#offers.list()) this.define(action.name, action);
  }

  /** Announces, changes or withdraws an action (section 5.5). */
  define(name, action) {
    const { codec, peer } = this.session;
    if (!peer) return;
    let alias = this.#aliases.get(name) ?? 0;
    if (!action) {
      this.#aliases.delete(name);
      this.#names.set(alias, undefined);
      alias = 0;
    } else if (!alias && this.#aliases.size < peer.aliases) {
      alias = 16 + this.#names.size;
      this.#aliases.set(name, alias);
      this.#names.set(alias, name);
    }
    const bytes = utf8(name);
    const head = Uint8Array.from([...uvarint(alias), ...uvarint(bytes.length), ...bytes]);
    const metadata = meta.encodeMetadata(codec, { [meta.HASH]: this.#offers.hash });
    this.session.push(fragments(DEFINE, 0, head, action ? codec.encode(action.descriptor) : NO_BYTES, { metadata }, this.session.frameLimit));
  }

  /** A frame on a stream of the peer. */
  frame(f) {
    const { type, stream } = f;
    const { assembly } = this.session;
    const run = this.#streams.get(stream);
    if (stream > this.#top) {
      if (type !== INVOKE && type !== PART) throw new ProtocolError('a frame on a stream that was never opened');
      this.#top = stream;
      const refused = this.#streams.size >= this.session.limits.streams;
      if (type === INVOKE) return this.#invoked(f, refused && 8);
      if (refused && this.#streams.size >= 2 * this.session.limits.streams) throw new ProtocolError('too many refused streams', 4505);
      this.#streams.set(stream, { pending: true });
      if (refused) this.#refuse(stream, 8);
      else this.#part(f);
      return undefined;
    }
    if (type === INVOKE) {
      if (!run?.pending) throw new ProtocolError('a stream is opened again');
      this.#streams.delete(stream);
      return run.refused ? undefined : this.#invoked(f);
    }
    if (!run) return undefined;
    if (type === ERROR) {
      assembly.drop(stream);
      this.#streams.delete(stream);
      return run.abandon?.();
    }
    if (run.refused) return undefined;
    if (type === PART) return this.#part(f);
    if (run.pending) throw new ProtocolError('a frame ahead of its INVOKE');
    if (type === INTERRUPT) return run.interrupted(f);
    if (type === CREDIT) {
      if (!run.outbox.add(f.items)) throw new ProtocolError('more credit than there may be');
      return undefined;
    }
    return run.item(f, this.session.payload(f));
  }

  #part({ stream, payload }) {
    const code = this.session.assembly.add(stream, payload);
    if (!code) return;
    const run = this.#streams.get(stream);
    if (run.pending) this.#refuse(stream, code);
    else run.stop(code);
  }

  /** Refuses a stream of which only PARTs have arrived. */
  #refuse(stream, code) {
    this.session.assembly.drop(stream);
    this.#streams.set(stream, { pending: true, refused: true });
    this.#answer(stream, code);
  }

  #answer(stream, code, message) {
    this.session.push([errorFrame(this.session, stream, code, { retryable: code === 8 || code === 34, message })]);
  }

  /** The checks of section 9.7, in their order. */
  #invoked(f, refusal) {
    const { stream, alias, metadata } = f;
    const { session } = this;
    const payload = session.assembly.take(stream, f.payload);
    const refuse = (code, message) => this.#answer(stream, code, message);
    if (refusal) return refuse(refusal);
    if (!payload) return refuse(36);
    const name = alias === undefined ? f.name : (['as.ask', 'as.find', 'as.describe', 'as.approve', 'as.subscribe'][alias - 1] ?? this.#names.get(alias));
    if (name === undefined) return refuse(34);
    const action = isName(name) ? this.#offers.get(name) : undefined;
    if (!action) return refuse(5);
    const parent = metadata[meta.PARENT];
    if ((parent && !session.calls.has(parent)) || metadata[meta.DEPTH] > 8) return refuse(9);
    let args = {};
    if (payload.length) {
      try {
        args = session.codec.decode(payload);
      } catch {
        return refuse(3, 'The arguments cannot be decoded.');
      }
    }
    if (!isMap(args)) return refuse(3, 'The arguments are no map.');
    const key = metadata[meta.KEY];
    const known = key !== undefined && this.#keys.get(key);
    if (known) return this.#known(f, known, action);
    if (metadata[meta.DEADLINE] === 0) return refuse(4);
    const run = new Run(this, f, action, args);
    this.#streams.set(stream, run);
    if (key !== undefined) {
      this.#keys.set(key, { name, running: run });
      if (this.#keys.size > KEYS) this.#keys.delete(this.#keys.keys().next().value);
    }
    return run.start();
  }

  /** The answer to an idempotency key that is known (section 27). */
  #known({ stream, metadata }, { name, kept, code }, action) {
    if (name === action.name && kept && (!kept.bytes.length || metadata[meta.CREDIT] !== 0)) {
      this.session.push(fragments(kept.type, stream, NO_BYTES, kept.bytes, { end: true }, this.session.frameLimit));
    } else if (name === action.name && code) this.session.push([errorFrame(this.session, stream, code, { begun: true })]);
    else this.session.push([errorFrame(this.session, stream, 6, { begun: true, message: 'The key was used before.' })]);
  }

  /** A run has ended. */
  over(run, outcome) {
    this.#streams.delete(run.stream);
    this.session.assembly.drop(run.stream);
    const key = run.metadata[meta.KEY];
    const entry = this.#keys.get(key);
    if (entry?.running !== run) return;
    entry.running = undefined;
    if (outcome?.code && !outcome.begun) this.#keys.delete(key);
    else if (outcome?.code) entry.code = outcome.code;
    else if (outcome && run.outbox.sent === 1 && outcome.bytes.length <= KEPT) entry.kept = outcome;
    else if (!outcome && mayRunTwice(run.action.descriptor)) this.#keys.delete(key);
  }

  /** The session is lost; with `same` its idempotency keys are kept. */
  reset(same) {
    for (const run of [...this.#streams.values()]) run.abandon?.();
    this.#streams.clear();
    this.#aliases.clear();
    this.#names.clear();
    this.#top = 0;
    if (!same) this.#keys.clear();
  }
}
