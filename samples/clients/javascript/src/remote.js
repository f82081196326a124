import { failure, must } from './errors.js';
import { isName } from './frames.js';
import { HASH } from './keys.js';
import { isMap } from './maps.js';
import { ALIASES, ANSWER, DEFINE, DESCRIPTOR, REBOUND } from './texts.js';
import { weight } from './values.js';

/** Names of the aliases below 16. */
export const RESERVED = ',ask,find,describe,approve,subscribe,authenticate'.split(',').map((name) => name && `as.${name}`);

const MOST = 1024; // aliases of the server, section 6.2
const KEPT = 1000; // descriptors
const LARGEST = 8192; // bytes of a descriptor that is kept without being asked for
const LISTED = 16777216; // bytes of the summaries in a list of all actions
const HOLD = 30000; // milliseconds that calls wait for the server to say which of them may run twice

/** Whether an action may run twice, as its side says (section 11.3). */
export const mayRunTwice = ({ hints }) => (hints?.readOnly === true || hints?.idempotent === true) && hints.approval !== true;

/** What the server offers: aliases, descriptors that were asked for or announced, and the hash of the catalog (section 17). */
export function remote(host) {
  const names = new Map(); // alias -> name
  const aliases = new Map(); // name -> alias
  const descriptors = new Map();

  const keep = (descriptor) => {
    descriptors.delete(descriptor.name);
    descriptors.set(descriptor.name, descriptor);
    if (descriptors.size > KEPT) descriptors.delete(descriptors.keys().next().value);
  };

  /** Asks one of the two actions that search; an answer has a list of descriptors. */
  const ask = async (name, args, call) => {
    const answer = await host.invoke(name, args, call);
    if (!Array.isArray(answer?.actions)) throw failure('INTERNAL', ANSWER);
    answer.actions = answer.actions.filter(isMap);
    return answer;
  };

  const self = {
    catalog: {},

    /** The alias to call an action by; undefined if there is none. */
    alias: (name) => Math.max(0, RESERVED.indexOf(name)) || aliases.get(name),

    /** The name that an alias of the server stands for. */
    name: (alias) => RESERVED[alias] || names.get(alias),

    /** Forgets an alias that the server does not know. */
    unbind: (name) => aliases.delete(name),

    /** The session is a new one. */
    reset() {
      names.clear();
      aliases.clear();
    },

    /** The catalog of WELCOME. */
    welcomed({ hash, size }) {
      if (!hash || hash !== self.catalog.hash) descriptors.clear();
      self.catalog = { hash, size };
    },

    /** A DEFINE of the server (section 5.5). */
    define({ alias, named, name: inline, metadata }, payload) {
      let descriptor;
      if (payload.length) {
        try {
          descriptor = host.codec.decode(payload);
        } catch {
          // falls through: undecodable is no map
        }
        must(isMap(descriptor), DESCRIPTOR);
      }
      must(named ? isName(inline) : alias && !descriptor, DEFINE);
      if (metadata[HASH]) self.catalog.hash = metadata[HASH];
      if (alias && named) {
        must((self.name(alias) ?? inline) === inline && (alias > 15 || RESERVED[alias] === inline), REBOUND);
        if (alias > 15) {
          must(names.size < MOST || names.has(alias), ALIASES, 4505);
          names.set(alias, inline);
          aliases.set(inline, alias);
        }
      }
      const name = named ? inline : self.name(alias);
      if (!name || name.startsWith('as.') || (alias && named && !descriptor)) return; // binds the alias, no more
      descriptors.delete(name); // a large one is described on demand
      if (descriptor) {
        descriptor.name = name;
        if (payload.length <= LARGEST) keep(descriptor);
      } else {
        for (const [other, of] of names) if (of === name) names.delete(other);
        aliases.delete(name);
      }
      host.tell('change', { name, descriptor: descriptor && { ...descriptor } });
    },

    /** Descriptors of actions; those that are known are not asked for. */
    async describe(wanted, call) {
      const found = new Map();
      const missing = [...new Set(wanted)].filter((name) => !descriptors.has(name));
      while (missing.length) {
        const asked = missing.splice(0, 50);
        for (const descriptor of (await ask('as.describe', { names: asked }, call)).actions) {
          if (asked.includes(descriptor.name)) {
            found.set(descriptor.name, descriptor);
            if (self.catalog.hash) keep(descriptor);
          }
        }
      }
      const actions = wanted.map((name) => descriptors.get(name) ?? found.get(name));
      return { actions: actions.filter(Boolean), unknown: wanted.filter((name, i) => !actions[i]) };
    },

    /** Those of these actions that may run twice. */
    async twice(wanted) {
      const end = Date.now() + HOLD;
      // Every part of the question has what is left of the time.
      const call = { idempotent: true, get timeout() { return Math.max(0, end - Date.now()); } };
      return (await self.describe(wanted, call)).actions.filter(mayRunTwice).map(({ name }) => name);
    },

    /** All actions, without their schemas; at most `max`, and 16 MiB. A page without a new one is the last: a server could go on for ever. */
    async actions(max = 10000) {
      const all = new Map();
      let room = LISTED;
      let before;
      let cursor;
      do {
        before = all.size;
        const { actions, next } = await ask('as.find', { query: '', limit: 100, cursor });
        for (const action of actions) {
          room -= JSON.stringify(action).length + weight(action);
          if (room > 0) all.set(action.name, action);
        }
        cursor = next;
      } while (cursor && room > 0 && all.size > before && all.size < max);
      return [...all.values()].slice(0, max);
    },
  };
  return self;
}
