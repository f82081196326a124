import { NO_BYTES } from './bytes.js';

/** Items of one stream that are to be sent; they wait for credit (section 12.2) and for room in the queue. */
export class Outbox {
  sent = 0;
  #waiting = [];
  #closed = false;
  #pumping = false;

  /** @param {object} host @param {number} stream @param {number} credit items */
  constructor(host, stream, credit) {
    Object.assign(this, { host, stream, credit });
  }

  /** Resolves when the item is queued behind what was sent before; to false if the stream was closed meanwhile. */
  send(type, bytes, flags) {
    return new Promise((resolve) => {
      if (this.#closed) resolve(false);
      else this.#waiting.push({ type, bytes, flags, resolve });
      this.#pump();
    });
  }

  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#waiting.length && !this.#closed) {
      const { type, bytes, flags, resolve } = this.#waiting[0];
      if (bytes.length) {
        if (this.credit < 1) break;
        const room = this.host.room();
        if (room) {
          await room;
          continue;
        }
        this.credit--;
      }
      this.#waiting.shift();
      this.sent++;
      this.host.put(type, this.stream, NO_BYTES, bytes, flags);
      if (flags?.end) this.close();
      resolve(true);
    }
    this.#pumping = false;
  }

  /** More credit; false if it is more than the protocol allows. */
  add(items) {
    this.credit += items;
    this.#pump();
    return this.credit === Infinity || Number.isSafeInteger(this.credit);
  }

  /** Takes back what is not queued yet: the stream is gone. */
  recall() {
    this.#closed = true;
    return this.#waiting.splice(0);
  }

  close() {
    this.#closed = true;
    for (const item of this.#waiting.splice(0)) item.resolve(false);
  }
}
