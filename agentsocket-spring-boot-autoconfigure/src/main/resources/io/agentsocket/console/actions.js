import { $, batched, current, el, words } from './dom.js';

const PAGE = 200; // rows that are drawn at once
const MOST = 10000; // actions that the page knows; the client lists no more either
const EACH = 150; // ms between two pictures of the list
const TYPING = 150; // ms after the last key before the server is asked

/** The list of actions, by the discovery of the server. */
export class Actions {
  #all = [];
  #found; // summaries, while something is searched for
  #limit = PAGE;
  #timer;
  #loads = 0;
  #rows = new Map(); // name -> element of the list
  #draw = batched(() => this.#render(), EACH);

  /** @param {(name: string) => void} select */
  constructor(select) {
    this.select = select;
    $('search').addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), TYPING);
    });
    $('more').addEventListener('click', () => {
      this.#limit += PAGE;
      this.#render();
    });
    $('action-list').addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const rows = [...$('action-list').querySelectorAll('button')];
      rows[rows.indexOf(document.activeElement) + step]?.focus();
      event.preventDefault();
    });
  }

  /** Asks for all actions of an agent. */
  async load(agent) {
    this.agent = agent;
    const load = ++this.#loads;
    const actions = await agent.actions();
    if (load !== this.#loads) return;
    this.#all = actions.filter(({ name }) => typeof name === 'string').sort((one, other) => (one.name < other.name ? -1 : 1));
    this.#draw();
  }

  /** An action has come, changed or gone. */
  changed(name, descriptor) {
    const at = this.#place(name);
    const known = this.#all[at]?.name === name;
    if (known) this.#all.splice(at, 1);
    if (descriptor && this.#all.length < MOST) this.#all.splice(at, 0, descriptor);
    this.#draw();
    if (!descriptor) return 'is gone';
    return known ? 'has changed' : 'is new';
  }

  /** Where an action is in the list, or would be. */
  #place(name) {
    let low = 0;
    for (let high = this.#all.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#all[middle].name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  choose(name) {
    this.chosen = name;
    current($('action-list').querySelectorAll('button'), (row) => row.dataset.name === name);
  }

  async #search() {
    const query = $('search').value.trim();
    this.#limit = PAGE;
    if (!query) {
      this.#found = undefined;
      this.#render();
      return;
    }
    const lower = query.toLowerCase();
    const here = this.#all.filter(({ name, title, description }) => `${name} ${words(title)} ${words(description)}`.toLowerCase().includes(lower));
    try {
      // The server ranks what it finds; what only the page finds comes after it.
      const { actions } = await this.agent.find(query, { limit: 100 });
      const found = actions.filter(({ name }) => typeof name === 'string');
      if (query !== $('search').value.trim()) return;
      const names = new Set(found.map(({ name }) => name));
      this.#found = [...found, ...here.filter(({ name }) => !names.has(name))];
    } catch {
      this.#found = here; // without a connection
    }
    this.#render();
  }

  /** The row of an action; the one that is there stays, so that a click or the focus is not lost when the catalog changes. */
  #row({ name, title, description }) {
    const row = this.#rows.get(name) ?? el('li', {}, el('button', { type: 'button', data: { name }, on: { click: () => this.select(name) } },
      el('span', { className: 'name' }, name), el('span', { className: 'about' })));
    const about = row.querySelector('.about');
    const text = words(title ?? description);
    if (about.textContent !== text) about.textContent = text;
    return row;
  }

  #render() {
    const actions = this.#found ?? this.#all;
    $('action-count').textContent = this.#found ? `${actions.length} of ${this.#all.length}` : String(actions.length);
    const rows = new Map();
    for (const action of actions.slice(0, this.#limit)) rows.set(action.name, this.#row(action));
    this.#rows = rows;
    const list = $('action-list');
    const wanted = new Set(rows.values());
    for (const row of [...list.children]) if (!wanted.has(row)) row.remove();
    [...wanted].forEach((row, i) => {
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
    });
    this.choose(this.chosen);
    if (!actions.length) $('action-list').append(el('li', { className: 'quiet empty' }, this.#found ? 'Nothing found.' : 'No actions.'));
    const more = actions.length - this.#limit;
    $('more').hidden = more <= 0;
    $('more').textContent = `Show ${Math.min(more, PAGE)} of ${more} more`;
  }
}
