/**
 * Items that have arrived and that nobody has taken yet: an async iterator over them. The credit that the peer has is the
 * bound of it.
 */
export class Inbox {
  items = [];
  #waiting = [];
  #ended = false;
  #error;

  /**
   * @param {(item: any) => void} taken called for each item that the reader takes
   * @param {() => void} [left] called when the reader leaves before the end
   */
  constructor(taken, left) {
    this.taken = taken;
    this.left = left;
  }

  push(item) {
    if (this.#ended) return;
    this.items.push(item);
    this.#serve();
  }

  /** Ends the items, behind those that are there; with an error if there is one. */
  end(error) {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#serve();
  }

  /** Removes the items that nobody has taken. */
  drain() {
    return this.items.splice(0);
  }

  #serve() {
    while (this.#waiting.length && (this.items.length || this.#ended)) {
      const { resolve, reject } = this.#waiting.shift();
      const item = this.items.shift();
      const error = this.#error;
      if (item) {
        this.taken(item);
        resolve({ done: false, value: item.value });
      } else if (error) {
        this.#error = undefined;
        reject(error);
      } else resolve({ done: true, value: undefined });
    }
  }

  next() {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  async return() {
    this.end();
    this.#error = undefined;
    this.left?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
