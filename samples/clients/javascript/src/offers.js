import { AgentError } from './errors.js';
import { isName } from './frames.js';
import { plain } from './values.js';

const SUMMARY = ['name', 'title', 'description', 'tags', 'hints'];

function score({ name, title = '', description = '', tags = [] }, query) {
  const has = (text, word) => text.toLowerCase().includes(word);
  let sum = query.trim().toLowerCase() === name.toLowerCase() ? 8 : 0;
  for (const word of [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))].slice(0, 32)) {
    sum += (has(name, word) && 4) + (has(title, word) && 3) + (tags.some((tag) => has(tag, word)) && 2) + (has(description, word) && 1);
  }
  return sum;
}

const byName = (a, b) => (a.name < b.name ? -1 : 1);
const texts = (list) => Array.isArray(list) && list.every((text) => typeof text === 'string');

function invalid(pointer, message) {
  throw new AgentError('INVALID_ARGUMENT', 'The arguments do not fit.', { violations: [{ pointer, rule: 'type', message }] });
}

/** The actions that this side offers, with the two that search them (section 17). */
export class Offers {
  #actions = new Map();
  #changed;
  #revision = 0;
  #id = Math.random().toString(36).slice(2, 10);

  /** @param {(name: string, action?: object) => void} changed is told of each change */
  constructor(changed) {
    this.#changed = changed;
    this.#builtin('as.find', (args) => this.#find(args));
    this.#builtin('as.describe', (args) => this.#describe(args));
  }

  #builtin(name, handler) {
    this.#actions.set(name, { name, handler, descriptor: {} });
  }

  get hash() {
    return `${this.#id}-${this.#revision}`;
  }

  /** All that are announced. */
  list() {
    return [...this.#actions.values()].filter(({ name }) => !name.startsWith('as.'));
  }

  get(name) {
    return this.#actions.get(name);
  }

  add(descriptor, handler) {
    const { name, validate, input = { type: 'object' }, ...rest } = typeof descriptor === 'string' ? { name: descriptor } : descriptor;
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${name} is no name for an action.`);
    this.#actions.set(name, { name, handler, validate, descriptor: plain({ name, input, ...rest }) });
    this.#revision++;
    this.#changed(name, this.#actions.get(name));
    return () => this.remove(name);
  }

  /** Offers as.ask or as.approve. */
  answer(name, handler) {
    this.#builtin(name, handler);
  }

  remove(name) {
    if (name.startsWith('as.') || !this.#actions.delete(name)) return;
    this.#revision++;
    this.#changed(name);
  }

  #find({ query = '', tags = [], limit = 20, cursor }) {
    if (typeof query !== 'string') invalid('/query', 'must be a text');
    if (!texts(tags)) invalid('/tags', 'must be an array of texts');
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) invalid('/limit', 'must be an integer from 1 to 100');
    const from = cursor === undefined ? 0 : Number(cursor);
    const matches = this.list()
      .map(({ descriptor }) => descriptor)
      .filter((d) => tags.every((tag) => d.tags?.includes(tag)))
      .map((d) => ({ d, points: score(d, query) }))
      .filter(({ points }) => points || !query.trim())
      .sort((a, b) => b.points - a.points || byName(a.d, b.d));
    if (!Number.isInteger(from) || from < 0 || from > matches.length) invalid('/cursor', 'is not valid any more');
    const actions = matches.slice(from, from + limit)
      .map(({ d }) => Object.fromEntries(SUMMARY.filter((key) => d[key] !== undefined).map((key) => [key, d[key]])));
    const next = from + limit < matches.length ? String(from + limit) : undefined;
    return { actions, total: matches.length, next };
  }

  #describe({ names }) {
    if (!texts(names) || !names.length || names.length > 50) invalid('/names', 'must be an array of 1 to 50 names');
    const known = (name) => !name.startsWith('as.') && this.#actions.get(name);
    return { actions: names.filter(known).map((name) => known(name).descriptor), unknown: names.filter((name) => !known(name)) };
  }
}
