// Actions whose items and end come by push, behind an answer of 202: docs/function-protocol.md, section 10.
const encode64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));

/** An action that goes on behind its answer: its reader is the agent, which may take its time. */
export const detached = (action) => ({ ...action, respond(run, { action: name, invocation, callback }, { ctx, fetch, push, onError }) {
  if (!callback) return new Response('The action answers by push, and there is no callback', { status: 500 });
  const stopped = new AbortController();
  let patch, last = Promise.resolve();
  async function send({ ask, end, bytes, ...op }) {
    if (ask) throw new TypeError('A detached action cannot ask');
    // The change of the state goes with the end.
    if (op.event === 'as.state') { patch = op.payload; return; }
    if (bytes?.length) op.bytes = encode64(bytes);
    const ops = Object.values(op).some((value) => value !== undefined && value !== '') ? [op] : [];
    if (end) ops.push({ end, state: patch });
    if (!ops.length) return;
    stopped.signal.throwIfAborted();
    await push(callback, ops, { fetch }).catch((error) => {
      // The agent has cancelled, the session has ended, or the token is not good any more.
      if ([401, 404, 409, 410].includes(error.status)) stopped.abort(error);
      throw error;
    });
  }
  // One push after the other, in the order of the action, also of those that it does not wait for.
  function emit(op) {
    const sent = last.then(() => send(op));
    last = sent.catch(() => {});
    return sent;
  }
  // The error of the action did not get through either.
  const work = run(emit, stopped.signal).catch((error) => {
    if (!stopped.signal.aborted) onError(`${name} ${invocation}`, error);
  });
  ctx?.waitUntil?.(work);
  return new Response(null, { status: 202 });
} });
