import { value } from './calls.js';
import { $, batched, clock, el, show } from './dom.js';

const EVENTS = 200; // entries that are shown
const EACH = 100; // ms between two pictures of them
const CALLS = 50; // calls of the history
const KEY = 'agentsocket.history';

/** Tabs by the pattern of ARIA: arrows go from one to the next. */
export function tabs(list) {
  const all = [...list.querySelectorAll('[role=tab]')];
  const choose = (tab) => {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute('aria-selected', String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      $(one.getAttribute('aria-controls')).hidden = !chosen;
    }
  };
  list.addEventListener('click', ({ target }) => target.role === 'tab' && choose(target));
  list.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    choose(next);
    next.focus();
  });
}

/** Events of the server, and changes of its catalog. */
export class EventLog {
  #names = new Map(); // name -> function that ends the subscription
  #pending = [];
  #draw = batched(() => this.#render(), EACH);

  constructor(host) {
    this.host = host;
    $('subscribe').addEventListener('submit', (event) => {
      event.preventDefault();
      const name = $('event-name').value.trim();
      if (name) this.#subscribe(name);
      $('event-name').value = '';
    });
    $('publish').addEventListener('submit', async (event) => {
      event.preventDefault();
      const name = $('publish-name').value.trim();
      const text = $('publish-payload').value.trim();
      try {
        await this.host.agent.publish(name, text ? value(text) : undefined);
        this.add(`published ${name}`, text);
      } catch (error) {
        this.add(`not published: ${name}`, error.message);
      }
    });
  }

  /** Adds a line, and a value below it if there is one. */
  add(title, payload) {
    this.#pending.push([Date.now(), title, payload]);
    if (this.#pending.length > 2 * EVENTS) this.#pending = this.#pending.slice(-EVENTS);
    this.#draw();
  }

  #render() {
    const pending = this.#pending.slice(-EVENTS).reverse();
    this.#pending = [];
    $('events').prepend(...pending.map(([time, name, payload]) => el('li', {},
      el('span', { className: 'quiet' }, clock(time)), el('strong', {}, name), payload !== undefined && el('pre', {}, show(payload)))));
    while ($('events').children.length > EVENTS) $('events').lastElementChild.remove();
  }

  /** Another agent: its server hears of the subscriptions. */
  renew() {
    for (const name of this.#names.keys()) this.#names.set(name, this.#listen(name));
  }

  #listen(name) {
    return this.host.agent.on(name, ({ payload }) => this.add(name, payload));
  }

  #subscribe(name) {
    if (this.#names.has(name)) return;
    this.#names.set(name, this.#listen(name));
    const chip = el('li', { className: 'chip' }, name, el('button', {
      type: 'button', aria: { label: `End the subscription of ${name}` },
      on: {
        click: () => {
          this.#names.get(name)();
          this.#names.delete(name);
          chip.remove();
        },
      },
    }, '×'));
    $('subscriptions').append(chip);
  }
}

/** The calls of this tab, to make them again. */
export class History {
  #calls = [];

  /** @param {(name: string, args: any) => void} replay */
  constructor(replay) {
    this.replay = replay;
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
      if (Array.isArray(kept)) this.#calls = kept.filter((one) => one !== null && typeof one?.args === 'object' && one.args !== null).slice(0, CALLS);
    } catch {
      // what is there is not ours
    }
    $('history-clear').addEventListener('click', () => {
      this.#calls = [];
      this.#store();
    });
    this.#render();
  }

  add(name, args) {
    this.#calls.unshift({ name, args, time: Date.now() });
    this.#calls.length = Math.min(this.#calls.length, CALLS);
    this.#store();
  }

  #store() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#calls));
    } catch {
      // full: the history is of this page only
    }
    this.#render();
  }

  #render() {
    $('history').replaceChildren(...this.#calls.map(({ name, args, time }) => el('li', {},
      el('span', { className: 'quiet' }, clock(time)), el('strong', {}, String(name)),
      el('button', { type: 'button', aria: { label: `Call ${name} again` }, on: { click: () => this.replay(String(name), args) } }, 'Again'),
      el('pre', {}, show(args)))));
  }
}
