import { failure, must } from './errors.js';
import { isName } from './frames.js';
import { HASH } from './keys.js';
import { isMap } from './maps.js';
import { ALIASES, ANSWER, DEFINE, DESCRIPTOR, REBOUND } from './texts.js';

/** Names of the aliases below 16. */
export const RESERVED = ['', 'as.ask', 'as.find', 'as.describe', 'as.approve', 'as.subscribe', 'as.authenticate'];

const MOST = 1024; // aliases of the server, section 6.2
const KEPT = 1000; // descriptors
const LARGEST = 32768; // bytes of a descriptor that is kept without being asked for

/** What the server offers: aliases, descriptors that were asked for or announced, and the hash of the catalog (section 17). */
export class Remote {
  #names = new Map(); // alias -> name
  #aliases = new Map(); // name -> alias
  #descriptors = new Map();

  constructor(host) {
    this.host = host;
    this.catalog = {};
  }

  /** The alias to call an action by; undefined if there is none. */
  alias(name) {
    return RESERVED.indexOf(name) > 0 ? RESERVED.indexOf(name) : this.#aliases.get(name);
  }

  /** The name that an alias of the server stands for. */
  name(alias) {
    return RESERVED[alias] || this.#names.get(alias);
  }

  /** Forgets an alias that the server does not know; false if there is none. */
  unbind(name) {
    return this.#aliases.delete(name);
  }

  /** The session is a new one. */
  reset() {
    this.#names.clear();
    this.#aliases.clear();
  }

  /** The catalog of WELCOME. */
  welcomed({ hash, size }) {
    if (!hash || hash !== this.catalog.hash) this.#descriptors.clear();
    this.catalog = { hash, size };
  }

  /** A DEFINE of the server (section 5.5). */
  define({ alias, named, name: inline, metadata }, payload) {
    let descriptor;
    if (payload.length) {
      try {
        descriptor = this.host.codec.decode(payload);
      } catch {
        // falls through: undecodable is no map
      }
      must(isMap(descriptor), DESCRIPTOR);
    }
    must(named ? isName(inline) : alias && !descriptor, DEFINE);
    if (metadata[HASH]) this.catalog.hash = metadata[HASH];
    if (alias && named) this.#bind(alias, inline);
    const name = named ? inline : this.name(alias);
    if (!name || name.startsWith('as.')) return;
    if (descriptor) {
      descriptor.name = name;
      if (payload.length <= LARGEST) this.#keep(descriptor);
      else this.#descriptors.delete(name); // is described on demand
    } else {
      if (alias && named) return; // binds the alias, no more
      for (const [other, of] of this.#names) if (of === name) this.#names.delete(other);
      this.#aliases.delete(name);
      this.#descriptors.delete(name);
    }
    this.host.tell('change', { name, descriptor: descriptor && { ...descriptor } });
  }

  #bind(alias, name) {
    must((this.name(alias) ?? name) === name && (alias > 15 || RESERVED[alias] === name), REBOUND);
    if (alias < 16) return;
    must(this.#names.size < MOST || this.#names.has(alias), ALIASES, 4505);
    this.#names.set(alias, name);
    this.#aliases.set(name, alias);
  }

  #keep(descriptor) {
    this.#descriptors.delete(descriptor.name);
    this.#descriptors.set(descriptor.name, descriptor);
    if (this.#descriptors.size > KEPT) this.#descriptors.delete(this.#descriptors.keys().next().value);
  }

  /** Asks one of the two actions that search; an answer has a list of descriptors. */
  async #ask(name, args, call) {
    const answer = await this.host.invoke(name, args, call);
    if (!Array.isArray(answer?.actions)) throw failure('INTERNAL', ANSWER);
    answer.actions = answer.actions.filter(isMap);
    return answer;
  }

  /** Descriptors of actions; those that are known are not asked for. */
  async describe(names, call) {
    const found = new Map();
    const missing = [...new Set(names)].filter((name) => !this.#descriptors.has(name));
    while (missing.length) {
      const asked = missing.splice(0, 50);
      const { actions } = await this.#ask('as.describe', { names: asked }, call);
      for (const descriptor of actions.filter(({ name }) => asked.includes(name))) {
        found.set(descriptor.name, descriptor);
        if (this.catalog.hash) this.#keep(descriptor);
      }
    }
    const actions = names.map((name) => this.#descriptors.get(name) ?? found.get(name));
    return { actions: actions.filter(Boolean), unknown: names.filter((name, i) => !actions[i]) };
  }

  /** Those of these actions that may run twice. */
  async twice(names) {
    const { actions } = await this.describe(names, { idempotent: true });
    return actions.filter(mayRunTwice).map(({ name }) => name);
  }

  /** All actions, without their schemas; at most `max`. */
  async actions(max = 10000) {
    const all = [];
    let cursor;
    do {
      const { actions, next } = await this.#ask('as.find', { query: '', limit: 100, cursor });
      all.push(...actions);
      cursor = actions.length ? next : undefined;
    } while (cursor && all.length < max);
    return all.slice(0, max);
  }
}

/** Whether an action may run twice, as its side says (section 11.3). */
export const mayRunTwice = ({ hints }) => (hints?.readOnly === true || hints?.idempotent === true) && hints.approval !== true;
