import { isMap } from '../src/maps.js';

const LINE = 16777216; // characters of one message
const UNREAD = 67108864; // bytes of answers that the peer has not read, from which on nothing more is read of it

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
    // A peer that has gone without closing its end shows when something is written.
    output.on('error', (error) => input.destroy(error));
    /** Fulfilled when no request comes any more; rejected when reading has failed. */
    this.closed = this.#read(input).finally(() => {
      for (const { abort } of this.#running.values()) abort();
    });
  }

  async #read(input) {
    let rest = []; // pieces of the line that has begun
    let size = 0;
    input.setEncoding('utf8');
    for await (const chunk of input) {
      const pieces = chunk.split('\n');
      for (const [i, piece] of pieces.entries()) {
        size += piece.length;
        if (size > LINE) rest = [];
        else rest.push(piece);
        if (i === pieces.length - 1) break;
        const line = rest.join('');
        if (size > LINE) this.#refuse(-32600, `A message of more than ${LINE} characters`);
        else if (line.trim()) this.#received(line);
        rest = [];
        size = 0;
      }
      if (this.output.writableLength > UNREAD) await this.#drained();
    }
  }

  #refuse(code, message, id = null) {
    this.#send({ id, error: { code, message } });
  }

  #received(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#refuse(-32700, 'Parse error');
    }
    if (!isMap(message)) return this.#refuse(-32600, 'Invalid request');
    const { id, method, params } = message;
    if (method === undefined) {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      return message.error ? pending?.reject(new RpcError(message.error.code, String(message.error.message))) : pending?.resolve(message.result);
    }
    if (typeof method !== 'string' || !['undefined', 'string', 'number'].includes(typeof id)) return this.#refuse(-32600, 'Invalid request');
    if (id === undefined) {
      if (method === 'notifications/cancelled') return this.#running.get(params?.requestId)?.abort();
      return this.handler.notification(method, params);
    }
    if (params !== undefined && !isMap(params)) return this.#refuse(-32602, 'The parameters are no object', id);
    return this.#run(id, method, params);
  }

  async #run(id, method, params = {}) {
    const controller = new AbortController();
    const running = { abort: () => controller.abort() };
    this.#running.set(id, running);
    try {
      const result = await this.handler.request(method, params, { id, signal: controller.signal });
      if (!controller.signal.aborted) this.#send({ id, result });
    } catch (error) {
      if (controller.signal.aborted) return; // nobody waits for it
      const own = error instanceof RpcError;
      if (!own) process.stderr.write(`agentsocket-mcp: ${error?.stack ?? error}\n`);
      this.#send({ id, error: own ? { code: error.code, message: error.message, data: error.data } : { code: -32603, message: 'Internal error' } });
    } finally {
      if (this.#running.get(id) === running) this.#running.delete(id);
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
    return this.output.write(line) ? undefined : this.#drained();
  }

  /** Waits until the peer has read, or has gone. */
  #drained() {
    const { output } = this;
    return new Promise((resolve) => {
      const over = () => {
        output.off('drain', over).off('close', over);
        resolve();
      };
      output.on('drain', over).on('close', over);
    });
  }
}
