// Functions for Agent Socket in Workers, Node, Deno and Bun: docs/function-protocol.md, version 1. No dependency.
const FRAMES = 'application/vnd.agentsocket.frames';
const MAX_BODY = 1 << 20, MAX_SKEW = 300, MAX_SEEN = 10_000, HEARTBEAT = 10_000, MAX_VERSION = 1;
const utf8 = new TextEncoder(), text = new TextDecoder('utf-8', { fatal: true });
const TYPES = { value: 9, items: 9, none: 9, text: 10, bytes: 11 };

/** An error that the agent sees. `code`: section 21 of the wire protocol, or 256 and more for your own. */
export class FunctionError extends Error {
  constructor(code, message, { retryable = false, notRun = false, violations, correlation } = {}) {
    super(message);
    Object.assign(this, { code, retryable, notRun, violations, correlation });
  }
}

/** A question or an approval, made by `call.ask` and `call.approve`: return it, or yield it last. */
class Question {
  constructor(ref, fields) { Object.assign(this, { ref, fields }); }
}

const problem = (status, detail, headers) => new Response(JSON.stringify({ status, detail }),
  { status, headers: { 'content-type': 'application/problem+json', ...headers } });

// -- Frames (section 5)

const varint = (n) => n < 128 ? [n] : [n % 128 + 128, ...varint(Math.floor(n / 128))];
const json = (value) => utf8.encode(JSON.stringify(value ?? null));
const name = (value) => { const bytes = utf8.encode(value); return [...varint(bytes.length * 2 + 1), ...bytes]; };

/** One frame: a stream of 0 is none; every frame has the flag L. */
function frame(type, { stream = 1, end = false, metadata, head = [], body = new Uint8Array() }) {
  const extra = metadata ? [...varint(json(metadata).length), ...json(metadata)] : [];
  const start = [type * 8 + (metadata ? 4 : 0) + 2 + (end ? 1 : 0), ...(stream ? varint(stream) : []),
    ...varint(extra.length + head.length + body.length), ...extra, ...head];
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

const event = (kind, payload) => frame(5, { stream: 0, head: name(kind), body: payload === undefined ? undefined : json(payload) });

function define(action, descriptor) {
  const bytes = utf8.encode(action);
  return frame(4, { stream: 0, head: [0, ...varint(bytes.length), ...bytes], body: descriptor ? json(descriptor) : undefined });
}

function failure({ code, message, retryable, notRun, violations, correlation }) {
  const details = violations || correlation ? { 9: { violations, correlation } } : undefined;
  return frame(12, { metadata: details, head: [...varint(code), (retryable ? 1 : 0) + (notRun ? 0 : 2)], body: utf8.encode(message) });
}

/** Encodes what an action yields; keeps half a character back until the other half comes. */
function encoder(result, limit) {
  let held = '';
  const checked = (body) => { if (body.length > limit) throw new FunctionError(36, 'An item is too large'); return body; };
  return (value, end = false) => {
    if (result === 'text') {
      held += value ?? '';
      const cut = !end && /[\ud800-\udbff]$/.test(held) ? held.length - 1 : held.length;
      const piece = held.slice(0, cut);
      held = held.slice(cut);
      if (!piece.isWellFormed()) throw new TypeError('The text has half a character');
      return piece || end ? frame(10, { end, body: checked(utf8.encode(piece)) }) : undefined;
    }
    const empty = value === undefined && end;
    return frame(TYPES[result], { end, body: empty ? undefined : checked(result === 'bytes' ? new Uint8Array(value) : json(value)) });
  };
}

// -- Requests (sections 2 and 3)

async function read(request) {
  const chunks = [];
  let size = 0;
  for (let reader = request.body?.getReader(), next; reader && !(next = await reader.read()).done;) {
    if ((size += next.value.length) > MAX_BODY) { await reader.cancel(); return undefined; }
    chunks.push(next.value);
  }
  const body = new Uint8Array(size);
  for (let at = 0, i = 0; i < chunks.length; at += chunks[i++].length) body.set(chunks[i], at);
  return body;
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Whether one of the secrets has signed a body, and not 300 s ago, and not this one before. */
export async function verify(secrets, headers, body, now, seen = new Map()) {
  const id = headers.get('webhook-id'), at = headers.get('webhook-timestamp'), signatures = headers.get('webhook-signature');
  if (!/^[\w.-]{1,256}$/.test(id ?? '') || !/^\d{1,15}$/.test(at ?? '') || Math.abs(now - at) > MAX_SKEW) return false;
  if (!/^v\w+,[^\s,]+( v\w+,[^\s,]+)*$/.test(signatures ?? '')) return false;
  const head = utf8.encode(`${id}.${at}.`), signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  let right = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', bytesOf(secret.replace(/^whsec_/, '')), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const one of signatures.split(' ')) {
      const given = one.startsWith('v1,') && /^[A-Za-z0-9+/]{43}=$/.test(one.slice(3)) ? bytesOf(one.slice(3)) : undefined;
      right = given !== undefined && await crypto.subtle.verify('HMAC', key, given, signed) || right;
    }
  }
  if (!right || seen.has(id)) return false;
  for (const [old, time] of seen) if (seen.size >= MAX_SEEN || time < now - 2 * MAX_SKEW) seen.delete(old); else break;
  seen.set(id, now);
  return true;
}

/** The values of the session that the action sees (section 8); changes go back as a patch. */
class State {
  #set = new Map();
  #remove = new Set();
  constructor({ version, values } = { values: {} }) { this.version = version; this.values = values; }
  get(key) { return this.#remove.has(key) ? undefined : this.#set.has(key) ? this.#set.get(key) : this.values[key]; }
  set(key, value) { this.#remove.delete(key); this.#set.set(key, value); }
  remove(key) { this.#set.delete(key); this.#remove.add(key); }
  patch() {
    return this.#set.size + this.#remove.size ? { version: this.version, set: Object.fromEntries(this.#set), remove: [...this.#remove] } : undefined;
  }
}

/** Sends operations to the agent after, or beside, the answer (section 10). Gives 'live' or 'queued'. */
async function push(callback, ops, { key = crypto.randomUUID(), fetch = globalThis.fetch } = {}) {
  if (!callback) throw new Error('The relay gave no callback');
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(callback.url, { method: 'POST', redirect: 'manual', body: JSON.stringify({ ops }),
      headers: { authorization: `Bearer ${callback.token}`, 'content-type': 'application/json', 'idempotency-key': key } });
    const answer = await response.json().catch(() => ({}));
    if (response.status === 202) return answer.status;
    if (attempt === 4 || response.status !== 429 && response.status !== 503) {
      throw Object.assign(new Error(`The push was answered ${response.status}: ${answer.detail ?? ''}`), { status: response.status });
    }
    await new Promise((go) => setTimeout(go, 1000 * (Number(response.headers.get('retry-after')) || attempt)));
  }
}

/**
 * A function: give its `fetch` to a Worker as it is, or to Node by `serve` of `agentsocket-function/node`.
 * `secrets`: an array, or a function of `env`; `null` takes requests from everybody.
 * `actions`: by name, a descriptor with `run(args, call)`, which returns or yields what `result` says.
 */
export function agentFunction({ secrets, actions, ttlMs = 300_000, onSession, onError = console.error, now = () => Date.now() / 1000, fetch: send }) {
  if (secrets === undefined) throw new TypeError('secrets is missing; null takes requests from everybody');
  const seen = new Map();
  const described = () => Object.entries(actions).map(([key, { run, detached, ...descriptor }]) => ({ name: key, result: 'value', ...descriptor }));

  async function fetch(request, env, ctx) {
    if (request.method !== 'POST') return problem(405, 'Only POST is understood', { allow: 'POST' });
    const body = await read(request);
    if (!body) return problem(413, 'The body is too large');
    const keys = typeof secrets === 'function' ? await secrets(env) : secrets;
    if (keys !== null && !await verify(keys, request.headers, body, now(), seen)) return problem(401, 'The signature is not right');
    let call;
    try { call = JSON.parse(text.decode(body)); } catch { return problem(400, 'The body is no JSON'); }
    if (typeof call?.v !== 'number') return problem(400, 'The body has no version');
    if (call.v > MAX_VERSION) return problem(501, 'This version is not known');
    if (call.type === 'describe') return Response.json({ actions: described(), ttlMs });
    if (call.type?.startsWith('session.')) ctx?.waitUntil?.(Promise.resolve(onSession?.(call.type, call)).catch(onError));
    if (call.type !== 'invoke') return new Response(null, { status: 204 });
    if (!Object.hasOwn(actions, call.action)) return problem(404, 'There is no such action');
    const action = actions[call.action];
    if (!action.detached) return new Response(stream(action, call, env, ctx), { headers: { 'content-type': FRAMES } });
    if (!call.callback) return problem(500, 'The action answers by push, and there is no callback');
    const work = later(action, call, env, ctx);
    ctx?.waitUntil?.(work);
    return new Response(null, { status: 202 });
  }

  /** All that an action may use beside its arguments. */
  function context(call, env, signal, emit, ctx) {
    return { ...call, env, signal, state: new State(call.state), result: call.result ?? 'value',
      event: (kind, payload) => emit(event(kind, payload), { event: kind, payload }),
      progress: (...report) => emit(frame(9, { metadata: { 8: report } }), { progress: report }),
      define: (descriptor) => emit(define(descriptor.name, descriptor), { define: descriptor }),
      withdraw: (action) => emit(define(action), { withdraw: action }),
      ask: (fields) => new Question(2, fields), approve: (fields) => new Question(8, fields),
      waitUntil(work) {
        const told = Promise.resolve(work).catch((error) => onError(`${call.action} ${call.invocation}`, error));
        ctx?.waitUntil?.(told);
      },
      push: (ops, options) => push(call.callback, ops, { fetch: send, ...options }) };
  }

  /** Calls the action, hands each item to `item`, and gives its end: a value, or a question. */
  async function perform(action, own, call, item) {
    const outcome = await action.run(call.arguments ?? {}, own);
    const source = outcome?.[Symbol.asyncIterator]?.() ?? (own.result === 'items' ? outcome?.[Symbol.iterator]?.() : undefined);
    if (!source) return outcome;
    try {
      for (;;) {
        const { done, value } = await source.next();
        if (done || value instanceof Question) return value;
        // What an action of one value yields has no meaning; its result is what it returns.
        if (own.result !== 'value' && own.result !== 'none') await item(value);
      }
    }
    finally { await source.return?.(); }
  }

  function known(error, call) {
    if (error instanceof FunctionError) return error;
    const correlation = crypto.randomUUID();
    onError(`${call.action} ${call.invocation} ${correlation}`, error);
    return new FunctionError(13, 'The action failed', { correlation });
  }

  /** The answer as frames, at the pace of its reader; cancelled when the reader goes away. */
  function stream(action, call, env, ctx) {
    const stopped = new AbortController();
    let waiting = [], heartbeat, idle = true;
    const resume = () => { waiting.forEach((go) => go()); waiting = []; };
    async function write(controller) {
      const emit = async (bytes) => {
        stopped.signal.throwIfAborted();
        if (!bytes) return;
        idle = false;
        controller.enqueue(bytes);
        if (controller.desiredSize <= 0) await new Promise((go) => waiting.push(go));
        stopped.signal.throwIfAborted();
      };
      const own = context(call, env, stopped.signal, emit, ctx);
      try {
        const encode = encoder(own.result, call.limits?.item ?? MAX_BODY);
        const single = own.result === 'value';
        const outcome = await perform(action, own, call, (value) => emit(encode(value)));
        const patch = own.state.patch();
        const last = outcome instanceof Question ? frame(8, { stream: 2, end: true, head: [outcome.ref], body: json(outcome.fields) })
          : encode(single ? outcome ?? null : own.result === 'none' ? undefined : outcome, true);
        if (patch) await emit(event('as.state', patch));
        await emit(last);
      }
      catch (error) {
        if (!stopped.signal.aborted) await emit(failure(known(error, call))).catch(() => {});
      }
      finally {
        clearInterval(heartbeat);
        if (!stopped.signal.aborted) controller.close();
      }
    }
    return new ReadableStream({
      start(controller) {
        heartbeat = setInterval(() => { if (idle) controller.enqueue(Uint8Array.of(0x12, 1, 0)); idle = true; }, HEARTBEAT);
        write(controller);
      },
      pull: resume,
      cancel(reason) { clearInterval(heartbeat); stopped.abort(reason); resume(); },
    }, { highWaterMark: 8 });
  }

  /** Items and the end by push, for an action that is declared `detached`. */
  async function later(action, call, env, ctx) {
    const own = context(call, env, new AbortController().signal, (_, op) => own.push([op]), ctx);
    const op = (value) => ({ [own.result === 'text' ? 'text' : own.result === 'bytes' ? 'bytes' : 'item']:
      own.result === 'bytes' ? btoa(String.fromCharCode(...new Uint8Array(value))) : value });
    try {
      const outcome = await perform(action, own, call, (value) => own.push([op(value)]));
      const item = own.result === 'value' ? [op(outcome ?? null)] : outcome === undefined || own.result === 'none' ? [] : [op(outcome)];
      await own.push([...item, { end: true, state: own.state.patch() }]);
    }
    catch (error) {
      if (error.status) return; // The agent has cancelled, or the token is not good any more.
      const { code, message, retryable, violations, correlation } = known(error, call);
      await own.push([{ error: { code, text: message, retryable, violations, correlation } }]).catch(onError);
    }
  }

  return { fetch };
}
