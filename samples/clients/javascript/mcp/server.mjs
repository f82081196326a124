import { randomUUID } from 'node:crypto';
import { isMap } from '../src/maps.js';
import { Rpc, RpcError } from './rpc.mjs';
import { approvalForm, questionForm } from './questions.mjs';
import { collect, failure, toTools } from './tools.mjs';

const STATELESS = '2026-07-28';
const VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const META = 'io.modelcontextprotocol/';
const PARKED = 300000; // ms that a call waits for the answer to its question
const SETTLE = 50; // ms in which changes of the catalog become one notice

const textOf = (value) => (typeof value === 'string' ? value : undefined);
/** Whether a host shows forms: those that say nothing more of elicitation do. */
const showsForms = ({ elicitation } = {}) => isMap(elicitation) && (isMap(elicitation.form) || !isMap(elicitation.url));

/**
 * Serves the actions of an Agent Socket server as tools of MCP, in its two forms: with `initialize` (2025-11-25 and before),
 * and without (2026-07-28), where a question ends the request and its answer comes with the next one.
 */
export class McpServer {
  #agent;
  #rpc;
  #tools; // promise of the tools, until the catalog changes
  #hash; // of the catalog that they were read from; null where it has none
  #client; // capabilities, after `initialize`
  #notice;
  #subscriptions = new Map(); // id of subscriptions/listen -> what ends it
  #parked = new Map(); // requestState -> call that waits for an answer

  /** @param {import('../src/full.js').Agent} agent */
  constructor(agent, input, output, info) {
    this.#agent = agent;
    this.info = info;
    this.#rpc = new Rpc(input, output, {
      request: (method, params, call) => this.#request(method, params, call),
      notification() {},
    });
    agent.addEventListener('change', () => this.#changed());
    for (const type of ['connected', 'reset', 'resumed']) agent.addEventListener(type, () => this.#returned(type));
    this.closed = this.#rpc.closed;
  }

  async #request(method, given, call) {
    const params = { ...given, _meta: isMap(given._meta) ? given._meta : {} };
    const version = params._meta[`${META}protocolVersion`];
    if (version !== undefined && version !== STATELESS) {
      throw new RpcError(-32022, `Unsupported protocol version: ${version}`, { supported: [STATELESS, ...VERSIONS], requested: version });
    }
    const stateless = version !== undefined;
    const result = await this.#answer(method, params, call, stateless);
    if (!stateless) return result;
    return { resultType: 'complete', ...result, _meta: { ...result._meta, [`${META}serverInfo`]: this.info } };
  }

  #answer(method, params, call, stateless) {
    switch (method) {
      case 'initialize': return this.#initialize(params);
      case 'server/discover': return { supportedVersions: [STATELESS, ...VERSIONS], capabilities: { tools: { listChanged: true } }, ttlMs: 0, cacheScope: 'private' };
      case 'ping': return {};
      case 'tools/list': return this.#list(stateless);
      case 'tools/call': return this.#call(params, call, stateless);
      case 'subscriptions/listen': return this.#listen(params, call);
      default: throw new RpcError(-32601, `Method not found: ${method}`);
    }
  }

  #initialize({ protocolVersion, capabilities }) {
    this.#client = capabilities ?? {};
    return {
      protocolVersion: VERSIONS.includes(protocolVersion) ? protocolVersion : VERSIONS[0],
      capabilities: { tools: { listChanged: true } },
      serverInfo: this.info,
    };
  }

  /** The tools, read once until the catalog changes. */
  #known() {
    this.#tools ??= this.#read().catch((error) => {
      this.#tools = undefined;
      throw new RpcError(-32603, `The actions cannot be read: ${error.message}`);
    });
    return this.#tools;
  }

  async #read() {
    const actions = await this.#agent.actions();
    this.#hash = this.#agent.catalog.hash ?? null;
    return toTools((await this.#agent.describe(actions.map(({ name }) => name))).actions);
  }

  async #list(stateless) {
    const tools = [...(await this.#known()).values()].map(({ tool }) => tool);
    return stateless ? { tools, ttlMs: 0, cacheScope: 'private' } : { tools };
  }

  /** A connection has come: to a server that may have changed meanwhile. */
  #returned(type) {
    const { hash } = this.#agent.catalog;
    if (this.#hash !== undefined && (hash ? hash !== this.#hash : type !== 'resumed')) this.#changed();
  }

  #changed() {
    this.#tools = undefined;
    clearTimeout(this.#notice);
    this.#notice = setTimeout(() => {
      if (this.#client) this.#rpc.notify('notifications/tools/list_changed');
      for (const id of this.#subscriptions.keys()) this.#rpc.notify('notifications/tools/list_changed', { _meta: { [`${META}subscriptionId`]: id } });
    }, SETTLE);
  }

  /** Tells of changes until the request is cancelled. */
  #listen({ notifications }, { id, signal }) {
    const wanted = notifications?.toolsListChanged === true;
    const mine = { _meta: { [`${META}subscriptionId`]: id } };
    this.#rpc.notify('notifications/subscriptions/acknowledged', { ...mine, notifications: { toolsListChanged: wanted } });
    if (wanted) this.#subscriptions.set(id, mine);
    return new Promise((resolve) => signal.addEventListener('abort', () => {
      this.#subscriptions.delete(id);
      resolve(mine);
    }));
  }

  async #call({ name, arguments: given, inputResponses, requestState, _meta }, { signal }, stateless) {
    const token = ['string', 'number'].includes(typeof _meta.progressToken) ? _meta.progressToken : undefined;
    if (requestState !== undefined) return this.#resume(requestState, inputResponses, signal, token);
    const args = given ?? {};
    if (!isMap(args)) throw new RpcError(-32602, 'The arguments are no object');
    const known = (await this.#known()).get(name);
    if (!known) throw new RpcError(-32602, `Unknown tool: ${name}`);
    const canAsk = showsForms((stateless ? _meta[`${META}clientCapabilities`] : this.#client) ?? undefined);
    const parked = { token, told: 0, stop: new AbortController(), questions: [], ask() {} };
    const ask = (form, to) => async (question) => {
      if (!canAsk) return question.decline();
      const { params, read } = form(question);
      let answer;
      try {
        answer = await (stateless ? this.#park(parked, params, question.signal) : this.#rpc.request('elicitation/create', params, question.signal));
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        process.stderr.write(`agentsocket-mcp: the host refuses a question: ${JSON.stringify(error.message)}\n`);
        return question.decline();
      }
      if (answer?.action === 'accept') return to(question, read(answer.content));
      return answer?.action === 'decline' ? question.decline() : question.cancel();
    };
    const call = this.#agent.invoke(known.descriptor.name, args, {
      signal: parked.stop.signal,
      key: textOf(_meta['io.agentsocket/callKey']),
      traceparent: textOf(_meta.traceparent),
      onProgress: ({ done, total, description }) => this.#progress(parked, done, total, description),
      onAsk: ask(questionForm, (question, value) => question.answer(value)),
      onApprove: ask(approvalForm, (question, yes) => (yes ? question.approve() : question.decline())),
    });
    parked.done = collect(call, known.descriptor, (message, count) => this.#progress(parked, count, undefined, message)).catch(failure);
    return this.#settle(parked, signal);
  }

  #progress(parked, done, total, message) {
    if (parked.token === undefined || !(done > parked.told)) return undefined;
    parked.told = done;
    return this.#rpc.notify('notifications/progress', { progressToken: parked.token, progress: done, total, message });
  }

  /** Waits for the end of a call, or for a question of it, whichever comes first. */
  async #settle(parked, signal) {
    const abort = () => parked.stop.abort(new Error('cancelled by the client'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const question = parked.questions.length ? undefined : new Promise((resolve) => {
      parked.ask = resolve;
    });
    const ended = await Promise.race([parked.done, question]);
    const outcome = ended ?? parked.questions.shift();
    if (!ended) parked.token = undefined; // this request is over: no progress of it any more
    signal.removeEventListener('abort', abort);
    return outcome;
  }

  /** Ends the present request with a question; resolves with the answer of the next one. */
  #park(parked, params, signal) {
    return new Promise((resolve) => {
      const requestState = randomUUID(); // not to be guessed, and only known here: it needs no signature
      const shown = { resultType: 'input_required', inputRequests: { question: { method: 'elicitation/create', params: { mode: 'form', ...params } } }, requestState };
      const end = (answer) => {
        clearTimeout(timer);
        parked.questions = parked.questions.filter((one) => one !== shown);
        this.#parked.delete(requestState);
        resolve(answer);
      };
      const timer = setTimeout(() => end(undefined), PARKED);
      signal.addEventListener('abort', () => end(undefined));
      this.#parked.set(requestState, { parked, answer: end });
      parked.questions.push(shown);
      parked.ask();
    });
  }

  #resume(requestState, inputResponses, signal, token) {
    const waiting = this.#parked.get(requestState);
    if (!waiting) throw new RpcError(-32602, 'This question is not open any more.');
    const { parked, answer } = waiting;
    Object.assign(parked, { token, told: 0 });
    const settled = this.#settle(parked, signal);
    answer(inputResponses?.question);
    return settled;
  }
}
