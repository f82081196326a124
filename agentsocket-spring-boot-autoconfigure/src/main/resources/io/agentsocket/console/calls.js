import { $, announce, atEnd, batched, el, hex, leave, show, size, words } from './dom.js';

const CARDS = 8; // calls that are shown
const LINES = 300; // items of a call that are shown
const TEXT = 20000; // characters of a text that are shown
const EACH = 100; // ms between two pictures of a call: nobody reads faster, and the page has time for clicks

/** Calls an action, and shows what becomes of it. */
export class CallView {
  #call;
  #items = []; // that were not drawn yet
  #dropped = 0;
  #count = 0;
  #bytes = 0;
  #began = performance.now();
  #credit;
  #draw = batched(() => this.#render(), EACH);
  #output = el('ol', { className: 'items', tabIndex: 0, aria: { label: 'Results' } });
  #text;
  #status = el('span', { className: 'badge', role: 'status', data: { status: 'running' } }, 'running');
  #numbers = el('span', { className: 'quiet numbers' });
  #progress = el('p', { className: 'quiet', hidden: true });

  /** @param {any} agent @param {any} action its descriptor @param {any} args @param {{prefetch?: number, timeout?: number, finished: (error?: any) => void}} options */
  constructor(agent, action, args, { prefetch, timeout, finished }) {
    const takes = action.items !== undefined;
    this.#credit = prefetch;
    this.finished = finished;
    this.#call = agent.invoke(action.name, args, {
      prefetch, timeout, items: takes || undefined,
      onProgress: ({ done, total, description }) => {
        this.#progress.hidden = false;
        this.#progress.textContent = `Progress: ${done}${total === undefined ? '' : ` of ${total}`} ${description ?? ''}`;
      },
    });
    this.element = this.#card(action, args, takes);
    const cards = $('calls');
    cards.prepend(this.element);
    for (const old of [...cards.children].slice(CARDS)) if (old.dataset.status !== 'running') old.remove();
    this.#read();
  }

  get isRunning() {
    return this.element.dataset.status === 'running';
  }

  #card(action, args, takes) {
    const button = (text, click) => el('button', { type: 'button', on: { click } }, text);
    const controls = el('div', { className: 'row controls' });
    if (this.#credit === 0) {
      controls.append(el('span', { className: 'label' }, 'Credit'), ...[1, 10, 100].map((n) => button(`+${n}`, () => this.#call.request(n))));
    }
    controls.append(button('Finish', () => this.#call.finish()), button('Cancel', () => this.#call.cancel('cancelled in the console')));
    const steer = takes && this.#steering();
    this.controls = [controls, steer].filter(Boolean);
    return el('article', { className: 'call', data: { status: 'running' }, aria: { label: `Call of ${action.name}` } },
      el('div', { className: 'row' }, el('strong', { className: 'name' }, action.name), this.#status, el('span', { className: 'grow' }), this.#numbers),
      Object.keys(args).length > 0 && el('p', { className: 'args' }, show(args)),
      controls, steer, this.#progress, this.#output);
  }

  /** Items to the running action. */
  #steering() {
    const input = el('input', { placeholder: 'Text, or JSON', autocomplete: 'off', spellcheck: false, aria: { label: 'Item to send to the action' } });
    return el('form', {
      className: 'row controls',
      on: {
        submit: (event) => {
          event.preventDefault();
          this.#call.send(value(input.value)).catch((error) => this.#line(error.message, 'problem'));
          input.value = '';
        },
      },
    }, el('span', { className: 'label' }, 'Steer'), input, el('button', {}, 'Send'), el('button', { type: 'button', on: { click: () => this.#call.end() } }, 'End'));
  }

  async #read() {
    try {
      for await (const item of this.#call) {
        this.#count++;
        this.#bytes += item?.length ?? 0;
        this.#items.push(item);
        if (this.#items.length > LINES) {
          this.#items.shift();
          this.#dropped++;
        }
        this.#draw();
      }
      this.#end('done');
    } catch (error) {
      this.#end(error.code === 'CANCELLED' ? 'cancelled' : 'failed', error);
    }
  }

  #end(status, error) {
    this.#render();
    this.element.dataset.status = this.#status.dataset.status = status;
    this.#status.textContent = status;
    for (const controls of this.controls) {
      leave(controls, this.#output);
      controls.hidden = true;
    }
    if (error && status === 'failed') {
      this.#line(`${error.code}: ${error.text || error.message}`, 'problem');
      for (const { pointer, message } of error.violations ?? []) this.#line(`${words(pointer)} ${words(message)}`, 'problem');
      const facts = [error.mayHaveRun && 'may have run', error.retryable && 'may be tried again', error.correlation && `logged as ${error.correlation}`].filter(Boolean);
      if (facts.length) this.#line(facts.join(', '), 'quiet');
    } else if (status === 'done' && !this.#count) this.#line('Finished without a result.', 'quiet');
    announce(`${this.#call.name} ${status}`);
    this.finished(error);
  }

  #line(text, className = '') {
    this.#output.append(el('li', { className }, text));
  }

  #render() {
    const items = this.#items;
    this.#items = [];
    const seconds = (performance.now() - this.#began) / 1000;
    const rate = seconds > 1 && this.#count > 1 ? ` · ${Math.round(this.#count / seconds)}/s` : '';
    this.#numbers.textContent = `${this.#count} ${this.#count === 1 ? 'item' : 'items'}${this.#bytes ? ` · ${size(this.#bytes)}` : ''}${rate} · ${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}`;
    const follow = atEnd(this.#output);
    for (const item of items) this.#add(item);
    while (this.#output.children.length > LINES + 1) {
      this.#output.firstElementChild.remove();
      this.#dropped++;
    }
    if (this.#dropped) this.#output.dataset.dropped = `${this.#dropped} earlier items are not shown`;
    if (follow) this.#output.scrollTop = this.#output.scrollHeight;
  }

  #add(item) {
    if (typeof item === 'string') {
      this.#text ??= this.#output.appendChild(el('li', { className: 'text' })).appendChild(new Text());
      this.#text.appendData(item);
      if (this.#text.length > 2 * TEXT) this.#text.deleteData(0, this.#text.length - TEXT);
      return;
    }
    this.#text = undefined;
    this.#line(item instanceof Uint8Array ? hex(item) : show(item, 2));
  }
}

/** JSON if it is some, else the text itself. */
export function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
