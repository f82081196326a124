import { AgentError, ProtocolError } from './errors.js';
import { isName } from './frames.js';
import { HASH } from './metadata.js';
import { isMap } from './values.js';

const RESERVED = ['', 'as.ask', 'as.find', 'as.describe', 'as.approve', 'as.subscribe'];
const ALIASES = 1024; // of the server, section 6.2
const KEPT = 1000; // descriptors
const LARGEST = 32768; // bytes of a descriptor that is kept without being asked for

/** What the server offers: aliases, descriptors that were asked for or announced, and the hash of the catalog (section 17). */
export class Remote {
  hash;
  size;
  #names = new Map(); // alias -> name
  #aliases = new Map(); // name -> alias
  #descriptors = new Map();

  constructor(session) {
    this.session = session;
  }

  /** The alias to call an action by; undefined if there is none. */
  alias(name) {
    const reserved = RESERVED.indexOf(name);
    return reserved > 0 ? reserved : this.#aliases.get(name);
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
  welcomed({ hash, size } = {}) {
    if (hash === undefined || hash !== this.hash) this.#descriptors.clear();
    this.hash = hash;
    this.size = size;
  }

  /** A DEFINE of the server (section 5.5). */
  define({ alias, named, name, metadata }, payload) {
    let descriptor;
    if (payload.length) {
      try {
        descriptor = this.session.codec.decode(payload);
      } catch {
        // falls through: undecodable is no map
      }
      if (!isMap(descriptor)) throw new ProtocolError('a descriptor cannot be read');
    }
    if (named ? !isName(name) : !alias || descriptor) throw new ProtocolError('a DEFINE without a name');
    if (metadata[HASH]) this.hash = metadata[HASH];
    if (alias && named) this.#bind(alias, name);
    if (!named) name = this.name(alias);
    if (name === undefined || name.startsWith('as.')) return;
    if (descriptor && payload.length <= LARGEST) this.#keep({ ...descriptor, name });
    else if (descriptor) this.#descriptors.delete(name); // is described on demand
    else if (alias && named) return; // binds the alias, no more
    else {
      for (const [other, of] of this.#names) if (of === name) this.#names.delete(other);
      this.#aliases.delete(name);
      this.#descriptors.delete(name);
    }
    this.session.changed(name, descriptor && { ...descriptor, name });
  }

  #bind(alias, name) {
    if ((this.name(alias) ?? name) !== name || (alias < 16 && RESERVED[alias] !== name)) throw new ProtocolError('an alias that is bound to another name');
    if (alias < 16) return;
    if (this.#names.size >= ALIASES && !this.#names.has(alias)) throw new ProtocolError('too many aliases', 4505);
    this.#names.set(alias, name);
    this.#aliases.set(name, alias);
  }

  #keep(descriptor) {
    this.#descriptors.delete(descriptor.name);
    this.#descriptors.set(descriptor.name, descriptor);
    if (this.#descriptors.size > KEPT) this.#descriptors.delete(this.#descriptors.keys().next().value);
  }

  find(query = '', options = {}, call = {}) {
    return this.session.invoke('as.find', { query, ...options }, call);
  }

  /** Descriptors of actions; those that are known are not asked for. */
  async describe(names, call = {}) {
    const missing = [...new Set(names)].filter((name) => !this.#descriptors.has(name));
    const unknown = [];
    const found = new Map();
    for (let at = 0; at < missing.length; at += 50) {
      const asked = missing.slice(at, at + 50);
      const answer = await this.session.invoke('as.describe', { names: asked }, call);
      if (!Array.isArray(answer?.actions)) throw new AgentError('INTERNAL', 'The answer of as.describe cannot be read.');
      for (const descriptor of answer.actions) {
        if (!isMap(descriptor) || !asked.includes(descriptor.name)) continue;
        found.set(descriptor.name, descriptor);
        if (this.hash !== undefined) this.#keep(descriptor);
      }
      unknown.push(...asked.filter((name) => !found.has(name)));
    }
    return { actions: names.map((name) => this.#descriptors.get(name) ?? found.get(name)).filter(Boolean), unknown };
  }

  /** All actions, without their schemas; at most `max`. */
  async actions(max = 10000) {
    const actions = [];
    let cursor;
    do {
      const page = await this.find('', { limit: 100, cursor });
      if (!Array.isArray(page?.actions)) throw new AgentError('INTERNAL', 'The answer of as.find cannot be read.');
      actions.push(...page.actions.slice(0, max - actions.length));
      cursor = page.actions.length ? page.next : undefined;
    } while (cursor !== undefined && actions.length < max);
    return actions;
  }
}

/** Whether an action may run twice, as its side says (section 11.3). */
export const mayRunTwice = ({ hints } = {}) => isMap(hints) && (hints.readOnly === true || hints.idempotent === true) && hints.approval !== true;
