const LINE = 16777216; // bytes of one message

/** An error of JSON-RPC. */
export class RpcError extends Error {
  constructor(code, message, data) {
    super(message);
    Object.assign(this, { code, data });
  }
}

/** JSON-RPC 2.0 over two streams, a message a line, both ways. */
export class Rpc {
  #next = 1;
  #pending = new Map(); // own requests
  #running = new Map(); // requests of the peer -> what stops them

  /**
   * @param {import('node:stream').Readable} input
   * @param {import('node:stream').Writable} output
   * @param {{request(method: string, params: any, call: {id: any, signal: AbortSignal}): any, notification(method: string, params: any): void}} handler
   */
  constructor(input, output, handler) {
    Object.assign(this, { output, handler });
    this.closed = this.#read(input);
  }

  async #read(input) {
    let rest = '';
    input.setEncoding('utf8');
    for await (const chunk of input) {
      rest += chunk;
      if (rest.length > LINE && !rest.includes('\n')) throw new Error('a message of more than 16 MiB');
      const lines = rest.split('\n');
      rest = lines.pop();
      for (const line of lines) if (line.trim()) this.#received(line);
    }
    for (const { abort } of this.#running.values()) abort();
  }

  #received(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#send({ id: null, error: { code: -32700, message: 'Parse error' } });
    }
    const { id, method, params } = message ?? {};
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return this.#send({ id: null, error: { code: -32600, message: 'Invalid request' } });
    if (method === undefined) {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      return message.error ? pending?.reject(new RpcError(message.error.code, String(message.error.message))) : pending?.resolve(message.result);
    }
    if (id === undefined) {
      if (method === 'notifications/cancelled') return this.#running.get(params?.requestId)?.abort();
      return this.handler.notification(method, params);
    }
    return this.#run(id, method, params);
  }

  async #run(id, method, params = {}) {
    const controller = new AbortController();
    this.#running.set(id, { abort: () => controller.abort() });
    try {
      const result = await this.handler.request(method, params, { id, signal: controller.signal });
      if (!controller.signal.aborted) this.#send({ id, result });
    } catch (error) {
      if (controller.signal.aborted) return; // nobody waits for it
      const own = error instanceof RpcError;
      if (!own) process.stderr.write(`agentsocket-mcp: ${error.stack}\n`);
      this.#send({ id, error: own ? { code: error.code, message: error.message, data: error.data } : { code: -32603, message: 'Internal error' } });
    } finally {
      this.#running.delete(id);
    }
  }

  /** Sends a request; it is withdrawn when the signal says so. */
  request(method, params, signal) {
    const id = `as-${this.#next++}`;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#pending.delete(id);
        this.notify('notifications/cancelled', { requestId: id });
        reject(signal.reason);
      };
      const settle = (settled) => (value) => {
        signal.removeEventListener('abort', abort);
        settled(value);
      };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
      signal.addEventListener('abort', abort);
      this.#send({ id, method, params });
    });
  }

  notify(method, params) {
    return this.#send({ method, params });
  }

  #send(message) {
    const line = `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
    return this.output.write(line) ? undefined : new Promise((resolve) => this.output.once('drain', resolve));
  }
}
