import { CallView } from './calls.js';
import { $, el, show, words } from './dom.js';
import { form } from './form.js';
import { showSnippets } from './snippets.js';

const CHIPS = 20; // hints and tags that are shown
const RESULTS = new Map([['items', 'items as they come'], ['text', 'text as it comes'], ['bytes', 'bytes as they come'], ['none', 'nothing']]);


/** The selected action: its schemas, its arguments as a form or as JSON, and the button that calls it. */
export class Work {
  #action;
  #form;
  #json;
  #asJson = false;
  #area;
  #problem;
  #credit = '32';
  #timeout = '';

  /** @param {{agent: any, uri: string, called: (name: string, args: any) => void}} host */
  constructor(host) {
    this.host = host;
  }

  get name() {
    return this.#action?.name;
  }

  show(action, args = {}, json = false) {
    this.#action = action;
    this.#form = form(action.input, args);
    this.#asJson = json || !this.#form.isFlat;
    const hints = Object.entries(action.hints ?? {}).filter(([, on]) => on !== false).map(([hint, value]) => (value === true ? hint : `${hint} ${words(value)}`));
    this.#json = el('textarea', { id: 'arguments', rows: 8, spellcheck: false, className: 'json', value: JSON.stringify(args, undefined, 2), aria: { label: 'Arguments as JSON' } });
    this.#area = el('div', {});
    this.#problem = el('div', { className: 'problem', role: 'alert', hidden: true });
    const credit = el('select', { id: 'credit', on: { change: () => { this.#credit = credit.value; } } },
      ...[['32', 'automatic, 32 ahead'], ['1', 'automatic, 1 ahead'], ['1000', 'automatic, 1,000 ahead'], ['0', 'by hand']].map(([value, text]) => el('option', { value, selected: value === this.#credit }, text)));
    const timeout = el('input', { id: 'timeout', type: 'number', min: '1', placeholder: 'none', value: this.#timeout, on: { input: () => { this.#timeout = timeout.value; } } });
    const switches = [['Form', false], ['JSON', true]].map(([text, json]) => el('button', { type: 'button', data: { json }, on: { click: () => this.#switch(json) } }, text));
    this.switches = switches;
    $('action-detail').replaceChildren(...[
      el('h2', { id: 'work-title' }, action.name),
      action.title !== undefined && el('p', { className: 'title' }, words(action.title)),
      el('p', { className: 'description' }, words(action.description)),
      el('p', { className: 'chips' }, el('span', { className: 'chip result' }, `gives ${RESULTS.get(action.result) ?? 'a value'}`), action.items !== undefined && el('span', { className: 'chip' }, 'takes items'),
        ...hints.slice(0, CHIPS).map((hint) => el('span', { className: 'chip' }, words(hint))), ...(Array.isArray(action.tags) ? action.tags : []).slice(0, CHIPS).map((tag) => el('span', { className: 'chip tag' }, words(tag)))),
      el('form', { id: 'call', noValidate: true, on: { submit: (event) => { event.preventDefault(); this.call(); } } },
        el('div', { className: 'row' }, el('h3', {}, 'Arguments'), el('span', { className: 'grow' }), el('div', { className: 'switch', role: 'group', aria: { label: 'Arguments as' } }, ...switches)),
        this.#area, this.#problem,
        el('div', { className: 'row options' },
          el('label', { for: 'credit' }, 'Credit', credit), el('label', { for: 'timeout' }, 'Timeout, ms', timeout),
          el('span', { className: 'grow' }),
          el('button', { type: 'button', id: 'copy-as', on: { click: () => this.#copy() } }, 'Copy as…'), el('button', { className: 'primary', id: 'invoke' }, 'Call'))),
      el('details', {}, el('summary', {}, 'Schemas'),
        ...[['input', 'Arguments'], ['output', action.result === 'items' ? 'Each item' : 'Result'], ['items', 'Items of the caller']].filter(([key]) => action[key] !== undefined)
          .flatMap(([key, text]) => [el('h3', {}, text), el('pre', { className: 'code', tabIndex: 0, aria: { label: `Schema: ${text}` } }, show(action[key], 2))])),
    ].filter((child) => child !== false));
    this.#place();
  }

  #place() {
    this.#area.replaceChildren(this.#asJson ? this.#json : this.#form.element);
    for (const button of this.switches) button.setAttribute('aria-pressed', String((button.dataset.json === 'true') === this.#asJson));
  }

  #switch(json) {
    try {
      const args = this.#read();
      if (json) this.#json.value = JSON.stringify(args, undefined, 2);
      else this.#form = form(this.#action.input, args);
      this.#asJson = json;
      this.#place();
    } catch (error) {
      this.#fail(error.message);
    }
  }

  #read() {
    if (!this.#asJson) return this.#form.read();
    const args = JSON.parse(this.#json.value.trim() || '{}');
    if (typeof args !== 'object' || args === null || Array.isArray(args)) throw new TypeError('Arguments are a map: { … }');
    return args;
  }

  #fail(...lines) {
    this.#problem.replaceChildren(...lines.map((line) => el('p', {}, line)));
    this.#problem.hidden = !lines.length;
  }

  #copy() {
    try {
      this.#fail();
      showSnippets(this.#action, this.#read(), this.host.uri);
    } catch (error) {
      this.#fail(error.message);
    }
  }

  call() {
    let args;
    const action = this.#action;
    try {
      this.#fail();
      this.#form.violations([]);
      args = this.#read();
    } catch (error) {
      this.#fail(error.message);
      return;
    }
    this.host.called(action.name, args);
    const current = this.#form;
    const view = new CallView(this.host.agent, action, args, {
      prefetch: Number(this.#credit),
      timeout: Number(this.#timeout) > 0 ? Number(this.#timeout) : undefined,
      finished: (error) => {
        if (!error?.violations?.length || this.#form !== current) return;
        const others = this.#asJson ? error.violations : current.violations(error.violations);
        this.#fail(...others.map(({ pointer, message }) => `${words(pointer)} ${words(message)}`));
      },
    });
    if (matchMedia('(max-width: 760px)').matches) view.element.scrollIntoView({ block: 'nearest' });
  }
}
