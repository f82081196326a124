// Functions for Agent Socket in Workers, Node, Deno and Bun: docs/function-protocol.md, version 1. No dependency.
const MAX_BODY = 1 << 20, MAX_SEEN = 10_000, utf8 = new TextEncoder(), strict = new TextDecoder('utf-8', { fatal: true });
const sound = (key, value) => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no number in JSON`);
  if (!key.isWellFormed() || typeof value === 'string' && !value.isWellFormed()) throw new TypeError('A text has half a character');
  return value;
};
const json = (value) => utf8.encode(JSON.stringify(value, sound)); // nothing of undefined
const decode64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const raise = (text) => { throw new TypeError(text); };
const varint = (n) => n < 128 ? [n] : [n % 128 + 128, ...varint(Math.floor(n / 128))];
const name = (bytes, factor, plus) => [...varint(bytes.length * factor + plus), ...bytes];

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
  return all;
}

/** An error that the agent sees. `code`: section 21 of the wire protocol, or 256 and more for your own. */
export class FunctionError extends Error {
  constructor(code, text, options) { Object.assign(super(text), options, { code, text }); }
}

/** A question or an approval (section 9), made by `call.ask` and `call.approve`: an action returns it. */
class Question { constructor(ref, ask) { Object.assign(this, { ask, ref }); } }

/** Bytes of what holds bytes; everything else would become other ones, or none. */
function octets(value) {
  if (value === undefined || value === null) return new Uint8Array();
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError('Bytes are an ArrayBuffer or a view of one');
}

/** A promise that knows whether somebody waits for it, and so takes its error on. */
class Sent extends Promise {
  static get [Symbol.species]() { return Promise; }
  then(...handlers) { this.awaited = true; return super.then(...handlers); }
  /** Nobody need handle its error. */
  ignored() { super.then(undefined, () => {}); return this; }
}

/** A frame, always with the flag L. Stream 0 is none. */
function frame(type, stream, { end, metadata, head = [], body = [] }) {
  const data = metadata ? json(metadata) : [], extra = metadata ? concat(varint(data.length), data) : [];
  return concat([type * 8 + (metadata ? 4 : 0) + 2 + (end ? 1 : 0)], stream ? varint(stream) : [],
    varint(extra.length + head.length + body.length), extra, head, body);
}

/** Frames of operations, by the first member of each. A detached action pushes the same operations (section 10). */
const FRAMES = {
  heartbeat: () => Uint8Array.of(0x12, 1, 0),
  event: ({ event, payload }) => frame(5, 0, { head: name(utf8.encode(event), 2, 1), body: json(payload) }),
  define: ({ define }) => frame(4, 0, { head: [0, ...name(utf8.encode(define.name), 1, 0)], body: json(define) }),
  withdraw: ({ withdraw }) => frame(4, 0, { head: [0, ...name(utf8.encode(withdraw), 1, 0)] }),
  progress: ({ progress }) => frame(9, 1, { metadata: { 8: progress } }),
  item: ({ item, end }) => frame(9, 1, { end, body: json(item) }),
  text: ({ text, end }) => frame(10, 1, { end, body: utf8.encode(text) }),
  bytes: ({ bytes, end }) => frame(11, 1, { end, body: bytes }),
  ask: ({ ask, ref }) => frame(8, 2, { end: true, head: [ref], body: json(ask) }),
  error: ({ error: { code, text, retryable, notRun, violations, correlation } }) => frame(12, 1, {
    metadata: violations || correlation ? { 9: { violations, correlation } } : undefined,
    head: [...varint(code > 0 && code < 2 ** 31 && code % 1 === 0 ? code : raise('The code of an error is none')), (retryable ? 1 : 0) + (notRun ? 0 : 2)], body: utf8.encode(text) }),
};

async function read(request) {
  let size = 0, chunks = [];
  for await (const chunk of request.body ?? []) {
    if ((size += chunk.length) > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return concat(...chunks);
}

/** Whether one of the secrets has signed a body, at most 300 s ago, and its id was not seen before. */
export async function verify(secrets, headers, body, now, seen = new Map()) {
  const [id, at, signatures] = ['id', 'timestamp', 'signature'].map((part) => headers.get(`webhook-${part}`) ?? '');
  if (!/^[\w.-]{1,256} \d{1,15}$/.test(`${id} ${at}`) || Math.abs(now - at) > 300) return false;
  if (/,\s/.test(signatures)) return false; // the header came twice, and was joined
  const given = signatures.split(' ').filter((one) => /^v1,[A-Za-z0-9+/]{43}=$/.test(one));
  const signed = concat(utf8.encode(`${id}.${at}.`), body), hmac = { name: 'HMAC', hash: 'SHA-256' };
  let right = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', decode64(secret.replace(/^whsec_/, '')), hmac, false, ['verify']);
    for (const one of given) right = await crypto.subtle.verify('HMAC', key, decode64(one.slice(3)), signed) || right;
  }
  if (!right || seen.has(id)) return false;
  if (seen.size >= MAX_SEEN) seen.delete(seen.keys().next().value);
  seen.set(id, now);
  return true;
}

/** Sends operations to the agent after, or beside, the answer (section 10). Gives 'live' or 'queued'. Repeats what may have failed on the way, with its key. */
export async function push({ url, token }, ops, { key = crypto.randomUUID(), fetch = globalThis.fetch } = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  const body = JSON.stringify({ ops }, sound);
  for (let attempt = 1; ; attempt++) {
    let wait = attempt;
    try {
      const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body });
      const { status } = response, answer = await response.json().catch(() => ({}));
      if (status === 202) return answer.status;
      const refused = new Error(`The push was answered ${status}: ${answer.detail ?? ''}`);
      if (attempt === 4 || ![408, 429, 502, 503, 504].includes(status)) throw Object.assign(refused, { status });
      wait = Number(response.headers.get('retry-after')) || attempt;
    } catch (error) { if (attempt === 4 || error.status) throw error; } // else the connection broke
    await new Promise((go) => setTimeout(go, 1000 * wait));
  }
}

/** Runs an action to its end, or to an error: `emit` takes its operations, one after the other. */
async function run(action, request, emit, { env, ctx, signal, fetch, onError }) {
  const { result = 'value', state: { version, values = {} } = {} } = request, before = JSON.stringify(values);
  const label = `${request.action} ${request.invocation}`, told = (error) => onError(label, error);
  const state = new Map(Object.entries(values));
  const open = new Map(); // what goes beside the result, and its outcome: the end waits for it
  let over = false;
  const beside = (op) => {
    const going = over ? Promise.reject(new TypeError('The action has ended')) : emit(op);
    const sent = new Sent((done, failed) => { going.then(done, failed); }).ignored();
    open.set(sent, going);
    going.then(() => open.delete(sent), (error) => over && !sent.awaited && !signal.aborted && told(error)).catch(() => {});
    return sent;
  };
  const call = { ...request, result, env, signal, state,
    event: (event, payload) => beside({ event, payload }), progress: (...progress) => beside({ progress }),
    define: (define) => beside({ define }), withdraw: (withdraw) => beside({ withdraw }),
    ask: (fields) => new Question(2, fields), approve: (fields) => new Question(8, fields),
    push: (ops, options) => push(request.callback, ops, { fetch, ...options }),
    waitUntil: (work) => ctx?.waitUntil?.(Promise.resolve(work).catch(told)) };
  let items, half = ''; // of a character, whose other half comes with the next piece of text
  const op = (value, end) => {
    if (result === 'bytes') return { bytes: octets(value), end };
    if (result !== 'text') return { item: value, end };
    if (typeof (value ?? '') !== 'string') throw new TypeError('The result is text');
    const text = half + (value ?? ''), cut = !end && /[\ud800-\udbff]$/.test(text) ? -1 : text.length;
    half = text.slice(cut);
    return { text: text.slice(0, cut), end };
  };
  try {
    let last = await action.run(call.arguments ?? {}, call);
    items = last?.[Symbol.asyncIterator]?.() ?? (result === 'items' ? last?.[Symbol.iterator]?.() : undefined);
    for (let done = !items; !done;) {
      ({ done, value: last } = await items.next());
      if (!done && result !== 'none') await emit(op(last ?? null));
    }
    for (const [sent, going] of open) await going.catch((error) => { if (!sent.awaited) throw error; });
    const set = Object.fromEntries(state), remove = Object.keys(values).filter((key) => !state.has(key));
    if (JSON.stringify(set) !== before) await emit({ event: 'as.state', payload: { version, set, remove } });
    const end = last instanceof Question ? last : op(result === 'value' ? last ?? null : result === 'none' ? undefined : last, true);
    over = true;
    await emit(end);
  }
  catch (error) {
    over = true;
    await Promise.resolve(items?.return?.()).catch(told);
    if (signal.aborted) return;
    let known = error instanceof FunctionError, cause = error;
    try { if (known) FRAMES.error({ error }); } catch (unwritten) { known = false; cause = unwritten; }
    const correlation = crypto.randomUUID(), hidden = { code: 13, text: 'The action failed', correlation };
    try { if (!known) onError(`${label} ${correlation}`, cause); } finally { await emit({ error: known ? error : hidden }); }
  }
}

/** Answers with frames at the pace of the reader. `run` is given `emit`, and a signal that the reader has gone. */
function streamed(run, { action, invocation, limits: { item: max = MAX_BODY } = {} }, { onError }) {
  const { readable, writable } = new TransformStream({}, undefined, { highWaterMark: 8 });
  const out = writable.getWriter(), stopped = new AbortController();
  let idle = true;
  async function emit(op) {
    if (op.text?.isWellFormed() === false) throw new TypeError('The text has half a character');
    const bytes = FRAMES[Object.keys(op)[0]](op);
    // Items have a member `end`, be it undefined; type, stream and length stand before them.
    if ('end' in op && bytes.length > max + 2 + varint(max).length) throw new FunctionError(36, 'An item is too large');
    idle = false;
    await out.write(bytes).catch((why) => { stopped.abort(why); throw why; });
  }
  const heartbeat = setInterval(() => { if (idle) emit({ heartbeat: true }).catch(() => {}); idle = true; }, 10_000);
  out.closed.catch((why) => stopped.abort(why)).finally(() => clearInterval(heartbeat));
  run(emit, stopped.signal)
    .catch((error) => stopped.signal.aborted || onError(`${action} ${invocation}`, error))
    .finally(() => out.close())
    .catch(() => {}); // The reader has gone, or onError itself has failed.
  return new Response(readable, { headers: { 'content-type': 'application/vnd.agentsocket.frames' } });
}

const problem = (status, detail, headers) => Response.json({ status, detail },
  { status, headers: { 'content-type': 'application/problem+json', ...headers } });

/** A function: give its `fetch` to a Worker as it is, or to Node by `serve` of `agentsocket-function/node`.
 * `secrets`: an array, or a function of `env`; `null` takes requests from everybody.
 * `actions`: by name, a descriptor with `run(args, call)`, which returns or yields what `result` says. */
export function agentFunction({ secrets, actions, ttlMs = 300_000, onSession, onError = console.error, now, fetch }) {
  if (secrets === undefined) throw new TypeError('secrets is missing; null takes requests from everybody');
  const seen = new Map(), describe = ([key, { run: _, respond, ...more }]) => ({ name: key, result: 'value', ...more });
  return { async fetch(request, env, ctx) {
    if (request.method !== 'POST') return problem(405, 'Only POST is understood', { allow: 'POST' });
    const body = await read(request), keys = typeof secrets === 'function' ? await secrets(env) : secrets;
    if (!body) return problem(413, 'The body is too large');
    if (keys !== null && !await verify(keys, request.headers, body, now?.() ?? Date.now() / 1000, seen)) {
      return problem(401, 'The signature is wrong');
    }
    let call;
    try { call = JSON.parse(strict.decode(body)); } catch { return problem(400, 'The body is no JSON'); }
    if (call?.v !== 1) return problem(call?.v > 1 ? 501 : 400, 'This version is not known');
    if (call.type === 'describe') return Response.json({ actions: Object.entries(actions).map(describe), ttlMs });
    if (/^session\./.test(call.type)) ctx?.waitUntil?.(Promise.resolve(onSession?.(call.type, call)).catch(onError));
    if (call.type !== 'invoke') return new Response(null, { status: 204 });
    if (!Object.hasOwn(actions, call.action)) return problem(404, 'There is no such action');
    const action = actions[call.action], { respond = streamed } = action, own = { env, ctx, fetch, push, onError };
    return respond((emit, signal) => run(action, call, emit, { ...own, signal }), call, own);
  } };
}
