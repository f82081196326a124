import { $, batched, el } from './dom.js';

const PAGE = 200; // rows that are drawn at once
const TYPING = 150; // ms after the last key before the server is asked

/** The list of actions, by the discovery of the server. */
export class Actions {
  #all = [];
  #found; // summaries, while something is searched for
  #limit = PAGE;
  #timer;
  #loads = 0;
  #draw = batched(() => this.#render());

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
    this.#all = actions.filter(({ name }) => typeof name === 'string');
    this.#all.sort((one, other) => (one.name < other.name ? -1 : 1));
    this.#draw();
  }

  /** An action has come, changed or gone. */
  changed(name, descriptor) {
    const known = this.#all.some((action) => action.name === name);
    this.#all = this.#all.filter((action) => action.name !== name);
    if (descriptor) {
      this.#all.push(descriptor);
      this.#all.sort((one, other) => (one.name < other.name ? -1 : 1));
    }
    this.#draw();
    if (!descriptor) return 'is gone';
    return known ? 'has changed' : 'is new';
  }

  choose(name) {
    this.chosen = name;
    for (const row of $('action-list').querySelectorAll('button')) row.toggleAttribute('aria-current', row.dataset.name === name);
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
    const here = this.#all.filter(({ name, title, description }) => `${name} ${title ?? ''} ${description ?? ''}`.toLowerCase().includes(lower));
    try {
      // The server ranks what it finds; what only the page finds comes after it.
      const page = await this.agent.find(query, { limit: 100 });
      if (query !== $('search').value.trim()) return;
      const names = new Set(page.actions.map(({ name }) => name));
      this.#found = [...page.actions, ...here.filter(({ name }) => !names.has(name))];
    } catch {
      this.#found = here; // without a connection
    }
    this.#render();
  }

  #render() {
    const actions = this.#found ?? this.#all;
    $('action-count').textContent = this.#found ? `${actions.length} of ${this.#all.length}` : String(actions.length);
    $('action-list').replaceChildren(...actions.slice(0, this.#limit).map((action) => el('li', {},
      el('button', { type: 'button', data: { name: action.name }, ...(action.name === this.chosen && { aria: { current: 'true' } }), on: { click: () => this.select(action.name) } },
        el('span', { className: 'name' }, action.name),
        el('span', { className: 'about' }, String(action.title ?? action.description ?? ''))))));
    if (!actions.length) $('action-list').append(el('li', { className: 'quiet empty' }, this.#found ? 'Nothing found.' : 'No actions.'));
    const more = actions.length - this.#limit;
    $('more').hidden = more <= 0;
    $('more').textContent = `Show ${Math.min(more, PAGE)} of ${more} more`;
  }
}
