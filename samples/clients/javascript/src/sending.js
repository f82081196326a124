import { NO_BYTES } from './bytes.js';
import { must } from './errors.js';
import { payload } from './items.js';
import { DATA } from './numbers.js';
import { Outbox } from './outbox.js';
import { MUCH_CREDIT } from './texts.js';

/** Sends items to the action that a call has invoked; those of a call without a stream wait for one. */
class Sender {
  #outbox;
  #early = [];

  constructor(call, host) {
    this.call = call;
    this.host = host;
    const { items } = call.options;
    if (typeof items === 'object') this.#sendAll(items);
  }

  /** Whether something was sent. */
  used() {
    return this.#outbox?.sent > 0;
  }

  put(item) {
    return this.#send(...payload(this.host.codec, item));
  }

  end() {
    return this.#send(DATA, NO_BYTES, { end: true });
  }

  #send(type, bytes, flags) {
    if (this.#outbox) return this.#outbox.send(type, bytes, flags);
    return new Promise((resolve) => this.#early.push({ type, bytes, flags, resolve }));
  }

  async #sendAll(items) {
    try {
      for await (const item of items) if (!(await this.call.send(item))) return;
      await this.call.end();
    } catch (error) {
      this.call.cancel(error);
    }
  }

  open(stream) {
    this.#outbox = new Outbox(this.host, stream, this.host.peer.items);
    for (const { type, bytes, flags, resolve } of this.#early.splice(0)) this.#outbox.send(type, bytes, flags).then(resolve);
  }

  /** CREDIT of the callee. */
  add(credit) {
    must(this.#outbox.add(credit), MUCH_CREDIT);
  }

  /** The stream is gone. */
  reset() {
    this.#early.push(...(this.#outbox?.recall() ?? []));
    this.#outbox = undefined;
  }

  close() {
    this.#outbox?.close();
    for (const { resolve } of this.#early.splice(0)) resolve(false);
  }
}

/** Plug-in for `connect`: calls take the option `items`. */
export function items(host) {
  host.sender = (call) => new Sender(call, host);
}
