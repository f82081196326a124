import { NO_BYTES, concat, utf8, uvarint } from './bytes.js';
import { AgentError } from './errors.js';
import { isName } from './frames.js';
import * as meta from './keys.js';
import { encodeMetadata } from './metadata.js';
import { DEFINE } from './numbers.js';
import { mayRunTwice } from './remote.js';
import { errorFrame } from './run.js';
import { serve } from './runs.js';
import { StreamingRun } from './streaming.js';
import { BAD_NAME, KEY_USED, UNFIT, say } from './texts.js';

const KEYS = 256; // idempotency keys that are remembered, beside those of runs
const KEPT = 16384; // bytes of a result that is kept for its key
const SUMMARY = ['name', 'title', 'description', 'tags', 'hints'];

function score({ name, title = '', description = '', tags = [] }, whole, words) {
  const has = (text, word) => text.toLowerCase().includes(word);
  let sum = whole === name.toLowerCase() ? 8 : 0;
  for (const word of words) {
    sum += (has(name, word) && 4) + (has(title, word) && 3) + (tags.some((tag) => has(tag, word)) && 2) + (has(description, word) && 1);
  }
  return sum;
}

const byName = (a, b) => (a.name < b.name ? -1 : 1);
/** Whether a text has at most so many code points. */
const fits = (text, most) => typeof text === 'string' && text.length <= 2 * most && [...text].length <= most;
const texts = (list) => Array.isArray(list) && list.every((text) => typeof text === 'string');

function invalid(pointer, message) {
  throw new AgentError('INVALID_ARGUMENT', say(UNFIT), { violations: [{ pointer, rule: 'type', message }] });
}

/**
 * The actions that this side offers, with the two that search them (section 17), their aliases (section 5.5), and the
 * idempotency keys of what was invoked (section 27).
 */
class Offers {
  #host;
  #revision = 0;
  #id = Math.random().toString(36).slice(2, 10);
  #aliases = new Map(); // name -> alias
  #names = new Map(); // alias -> name, or undefined where it was withdrawn
  #keys = new Map();

  constructor(host) {
    this.#host = host;
    const { actions } = host;
    actions.set('as.find', { name: 'as.find', handler: (args) => this.#find(args), descriptor: {} });
    actions.set('as.describe', { name: 'as.describe', handler: (args) => this.#describe(args), descriptor: {} });
  }

  get #hash() {
    return `${this.#id}-${this.#revision}`;
  }

  /** All that are announced. */
  get #list() {
    return [...this.#host.actions.values()].filter(({ name }) => !name.startsWith('as.'));
  }

  /** The action of an alias. */
  name(alias) {
    return this.#names.get(alias);
  }

  add(offered, handler) {
    const { name, validate, input = { type: 'object' }, ...rest } = typeof offered === 'string' ? { name: offered } : offered;
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${say(BAD_NAME)} ${name}`);
    const { actions, codec } = this.#host;
    // Written and read once: what cannot be sent fails here, and later changes of the object change nothing.
    const descriptor = codec.decode(codec.encode({ name, input, ...rest }));
    actions.set(name, { name, handler, validate, descriptor });
    this.#revision++;
    this.#define(name, actions.get(name));
    return () => {
      if (!actions.delete(name)) return;
      this.#revision++;
      this.#define(name);
    };
  }

  /** A new session knows nothing of the actions yet. */
  announce() {
    for (const action of this.#list) this.#define(action.name, action);
  }

  /** Announces, changes or withdraws an action. */
  #define(name, action) {
    const { codec, peer, put } = this.#host;
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
    const metadata = encodeMetadata(codec, { [meta.HASH]: this.#hash });
    put(DEFINE, 0, concat([uvarint(alias), uvarint(bytes.length), bytes]), action ? codec.encode(action.descriptor) : NO_BYTES, { metadata });
  }

  /** Whether the key of an INVOKE is known: then it is answered here. */
  isKnown({ stream, metadata }, action) {
    const known = this.#keys.get(metadata[meta.KEY]);
    if (!known) return false;
    const host = this.#host;
    const { name, kept, code } = known;
    const same = name === action.name;
    if (same && kept && (!kept.bytes.length || metadata[meta.CREDIT] !== 0)) {
      host.put(kept.type, stream, NO_BYTES, kept.bytes, { end: true });
    } else host.push(errorFrame(host, stream, same && code ? code : 6, { begun: true, message: same && code ? '' : say(KEY_USED) }));
    return true;
  }

  /** A run begins. */
  began(run) {
    const key = run.metadata[meta.KEY];
    if (key === undefined) return;
    this.#keys.set(key, { name: run.action.name, running: run });
    // The key of a call that runs is never forgotten: the call would run a second time beside the first.
    for (const [old, { running }] of this.#keys) if (!running && this.#keys.size > KEYS) this.#keys.delete(old);
  }

  /** A run has ended. */
  over(run, outcome) {
    const key = run.metadata[meta.KEY];
    const entry = this.#keys.get(key);
    if (entry?.running !== run) return;
    entry.running = undefined;
    if (outcome?.code) {
      if (outcome.begun) entry.code = outcome.code;
      else this.#keys.delete(key);
    } else if (!outcome) {
      if (mayRunTwice(run.action.descriptor)) this.#keys.delete(key);
    } else if (run.outbox.sent === 1 && outcome.bytes.length <= KEPT) entry.kept = outcome;
  }

  /** The session is lost; with `same` its idempotency keys are kept. */
  reset(same) {
    this.#aliases.clear();
    this.#names.clear();
    if (!same) this.#keys.clear();
  }

  #find({ query = '', tags = [], limit = 20, cursor }) {
    // Section 17.1: what comes from the server is looked for in each action.
    if (!fits(query, 1024)) invalid('/query', 'must be a text of at most 1,024 characters');
    if (!texts(tags) || tags.length > 32) invalid('/tags', 'must be an array of at most 32 texts');
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) invalid('/limit', 'must be an integer from 1 to 100');
    if (cursor !== undefined && !fits(cursor, 512)) invalid('/cursor', 'must be a text of at most 512 characters');
    const from = Number(cursor ?? 0);
    const whole = query.trim().toLowerCase();
    const words = [...new Set(whole.split(/\s+/).filter(Boolean))].slice(0, 32);
    const matches = this.#list
      .map(({ descriptor }) => descriptor)
      .filter((d) => tags.every((tag) => d.tags?.includes(tag)))
      .map((d) => ({ d, points: score(d, whole, words) }))
      .filter(({ points }) => points || !whole)
      .sort((a, b) => b.points - a.points || byName(a.d, b.d));
    if (!Number.isInteger(from) || from < 0 || from > matches.length) invalid('/cursor', 'is not valid any more');
    const actions = matches.slice(from, from + limit)
      .map(({ d }) => Object.fromEntries(SUMMARY.filter((key) => d[key] !== undefined).map((key) => [key, d[key]])));
    const next = from + limit < matches.length ? String(from + limit) : undefined;
    return { actions, total: matches.length, next };
  }

  #describe({ names }) {
    if (!texts(names) || !names.length || names.length > 50) invalid('/names', 'must be an array of 1 to 50 names');
    const known = (name) => !name.startsWith('as.') && this.#host.actions.get(name);
    return { actions: names.filter(known).map((name) => known(name).descriptor), unknown: names.filter((name) => !known(name)) };
  }
}

/** Plug-in for `connect`: `agent.offer` offers actions to the server. */
export function offers(host) {
  serve(host);
  const offered = host.offers = new Offers(host);
  host.add = (descriptor, handler) => offered.add(descriptor, handler);
  host.Run = StreamingRun;
}
