import { connect } from '../src/full.js';
import { offer } from './offered.mjs';
import { Failed, Playing, check, checkError, only } from './playing.mjs';
import { expand, matches, substitute } from './values.mjs';

const WAITS = { base: 50, cap: 50 };
const MAX_WAIT = 60000; // ms: a busy machine may leave an attempt without an answer, and there are others

/** Plays the steps of one run of a case. */
export class Player {
  #agent;
  #calls = new Map();
  #told = []; // what waits is asked again when something is noted
  #asked = [];
  #approved = [];
  #counts = new Map();
  #withdraw = new Map();
  #events = new Map();
  #changes = [];
  #page;
  #search;
  #closed;

  constructor({ uri, codec, client = {}, control, WebSocket, vectors }) {
    Object.assign(this, { uri, codec, client, control, WebSocket, vectors });
    for (const key of Object.keys(client)) {
      if (!['token', 'limits', 'questions', 'approvals', 'actions', 'maxWait', 'connectTimeout', 'refusalTimeout'].includes(key)) throw new Failed(`unknown option ${key}`);
    }
  }

  /** The client, from the first step on that needs it. */
  get agent() {
    if (this.#agent) return this.#agent;
    const { token, limits, questions, approvals, actions = [], maxWait = MAX_WAIT, connectTimeout, refusalTimeout } = this.client;
    const tokens = Array.isArray(token) && [...token];
    const answering = (list, noted, pick) => list && ((question) => {
      noted.push(question);
      this.#note();
      const { outcome = 'decline', value } = list[noted.length - 1] ?? {};
      if (outcome === 'never') return new Promise(() => {});
      return pick(question, outcome, value);
    });
    const agent = connect(this.uri, {
      WebSocket: this.WebSocket, codec: this.codec, backoff: WAITS, limits, maxWait, connectTimeout, refusalTimeout,
      token: tokens ? () => (tokens.length > 1 ? tokens.shift() : tokens[0]) : token,
      onAsk: answering(questions, this.#asked, (question, outcome, value) => question[outcome](outcome === 'answer' ? expand(value) : undefined)),
      onApprove: answering(approvals, this.#approved, (approval, outcome) => approval[outcome]()),
      onError: (text, error) => console.error(`${text}: ${error?.stack ?? error}`),
    });
    this.#agent = agent;
    agent.addEventListener('change', ({ detail }) => {
      this.#changes.push({ name: detail.name, what: detail.descriptor ? 'available' : 'gone' });
      this.#note();
    });
    agent.addEventListener('closed', ({ detail }) => {
      this.#closed = detail;
      this.#note();
    });
    for (const type of ['connected', 'resumed', 'reset', 'disconnected', 'failed']) agent.addEventListener(type, () => this.#note());
    for (const action of actions) this.#offer(action);
    return agent;
  }

  async play(step) {
    const play = STEPS[step.step];
    if (!play) throw new Failed(`unknown step ${step.step}`);
    await play(this, step);
  }

  async close() {
    await this.#agent?.close();
  }

  #note() {
    for (const told of [...this.#told]) told();
  }

  /** Waits until something is the case; asks again when anything is noted. */
  until(condition) {
    return new Promise((resolve) => {
      const told = () => {
        const value = condition();
        if (!value) return;
        this.#told = this.#told.filter((other) => other !== told);
        resolve(value);
      };
      this.#told.push(told);
      told();
    });
  }

  #offer(action) {
    this.#withdraw.set(action.name, offer(this.agent, action, (name, what) => {
      const key = `${name} ${what}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      this.#note();
    }));
  }

  offer(action) {
    this.agent;
    this.#offer(action);
  }

  withdraw(name) {
    this.#withdraw.get(name)();
  }

  start(step) {
    const { action, arguments: args, credit, items, timeout, key, idempotent } = step;
    const sent = items === 'open' ? true : items && expand(items).map(item);
    const progress = [];
    const options = { prefetch: credit, timeout, key, idempotent, items: sent };
    if (step.progress) {
      options.onProgress = ({ done, total = null, description = null }) => {
        progress.push([done, total, description]);
        this.#note();
      };
    }
    const playing = new Playing(this.agent.invoke(action, args && expand(args), options), step);
    playing.progress = progress;
    return playing;
  }

  begin(step) {
    this.#calls.set(step.call, this.start(step));
  }

  call(name) {
    return this.#calls.get(name) ?? (() => {
      throw new Failed(`no call ${name}`);
    })();
  }

  async take({ call, count, expect }) {
    const items = [];
    while (items.length < count) {
      const { done, value, error } = await this.call(call).next();
      if (done) throw new Failed(`the call has ended after ${items.length} items${error ? `: ${error.message}` : ''}`);
      items.push(value);
    }
    if (expect) check(items, expect.items);
  }

  async listen(event, tell) {
    const iterator = tell ? this.agent.events(event) : this.agent.events();
    this.#events.set(event, iterator);
    if (tell) await iterator.ready;
  }

  async unsubscribe(event) {
    await this.#events.get(event).return();
  }

  async events({ event, expect: expected }) {
    const expect = expand(expected);
    const payloads = [];
    while (payloads.length < expect.length) {
      const { done, value } = await this.#events.get(event).next();
      if (done) throw new Failed('no event comes any more');
      if (value.name === event) payloads.push(value.payload);
    }
    check(payloads, expect);
  }

  async find({ next, expect, step, ...search }) {
    let page;
    if (next) this.#search = { ...this.#search, ...search, cursor: this.#page.next };
    else this.#search = search;
    const { query, ...options } = this.#search;
    try {
      page = await this.agent.find(query, options);
    } catch (error) {
      if (!expect.error) throw error;
      return checkError(error, expect.error);
    }
    this.#page = page;
    return check({ names: page.actions.map(({ name }) => name), total: page.total, more: page.next !== undefined }, expect, false);
  }

  async describe({ names, expect }) {
    const { actions, unknown } = await this.agent.describe(names);
    check({ actions, unknown }, expect, false);
  }

  async change({ name, expect }) {
    const at = await this.until(() => this.#changes.findIndex((change) => change.name === name && change.what === expect) + 1);
    this.#changes.splice(at - 1, 1);
  }

  async asked(expect) {
    await this.#noted(this.#asked, expect);
  }

  async approved(expect) {
    await this.#noted(this.#approved, expect);
  }

  async #noted(list, expect) {
    const from = list.checked ?? 0;
    await this.until(() => list.length >= from + expect.length);
    list.checked = from + expect.length;
    check(list.slice(from, from + expect.length), expect, false);
  }

  async observe({ action, what, count = 1 }) {
    await this.until(() => (this.#counts.get(`${action} ${what}`) ?? 0) >= count);
  }

  async state(expect) {
    const states = {
      connected: () => this.agent.connected,
      disconnected: () => !this.agent.connected && !this.#closed,
      refused: () => this.#closed?.error,
      closed: () => this.#closed,
    };
    await this.until(states[expect] ?? (() => {
      throw new Failed(`unknown state ${expect}`);
    }));
  }
}

const item = (entry) => {
  const value = typeof entry === 'object' && entry !== null && ['item', 'text', 'bytes'].find((key) => key in entry && Object.keys(entry).length === 1);
  return expand(value ? entry[value] : entry);
};

const START = ['action', 'arguments', 'result', 'credit', 'items', 'timeout', 'key', 'idempotent', 'progress'];
const STEPS = {
  async connect(player, step) {
    only(step, 'expect');
    const outcome = await player.agent.ready().then(() => undefined, (error) => error);
    if (step.expect) checkError(outcome, step.expect.error);
    else if (outcome) throw outcome;
  },
  start: (player, step) => (only(step, 'call', ...START), player.begin(step)),
  take: (player, step) => player.take(step),
  finish: (player, { call, expect }) => player.call(call).finish(expect),
  invoke: (player, step) => (only(step, 'expect', ...START), player.start(step).finish(step.expect)),
  async many(player, step) {
    const { count, step: name, ...call } = step;
    only(call, 'expect', ...START);
    const calls = Array.from({ length: count }, (_, i) => {
      const one = substitute(call, { i });
      return [player.start(one), one.expect];
    });
    for (const [call, expect] of calls) await call.finish(expect);
  },
  async send(player, { call, step, ...entry }) {
    // Waiting for credit here would stop the case: the client has taken the item.
    player.call(call).call.send(item(entry)).catch(() => {});
  },
  'end-items': (player, { call }) => void player.call(call).call.end(),
  cancel: (player, { call }) => player.call(call).call.cancel(),
  stop: (player, { call }) => player.call(call).call.finish(),
  progress: (player, { call, expect }) => player.until(() => player.call(call).progress.some((report) => matches(report, expect))),
  emit: (player, { event, payload }) => player.agent.publish(event, expand(payload)),
  subscribe: (player, { event }) => player.listen(event, true),
  listen: (player, { event }) => player.listen(event, false),
  unsubscribe: (player, { event }) => player.unsubscribe(event),
  events: (player, step) => player.events(step),
  find: (player, step) => player.find(step),
  describe: (player, step) => player.describe(step),
  change: (player, step) => player.change(step),
  asked: (player, { expect }) => player.asked(expect),
  approved: (player, { expect }) => player.approved(expect),
  observe: (player, step) => player.observe(step),
  offer: (player, { action }) => player.offer(action),
  withdraw: (player, { name }) => player.withdraw(name),
  state: (player, { expect }) => player.state(expect),
  close: (player) => player.close(),
  async control(player, step) {
    only(step, 'do', 'expect');
    const answer = await player.control(step.do);
    if (step.expect) check(answer, step.expect, false);
  },
  async vectors(player, { file }) {
    player.detail = `${await player.vectors(file, player.codec)} vectors`;
  },
};
