/**
 * Items that have arrived and that nobody has taken yet: an async iterator over them. The credit that the peer has is the
 * bound of it.
 */
export class Inbox {
  #items = [];
  #waiting = [];
  #ended = false;
  #error;

  /**
   * @param {(item: any) => void} taken called for each item that the reader takes
   * @param {() => void} [left] called when the reader leaves before the end
   */
  constructor(taken, left = () => {}) {
    this.taken = taken;
    this.left = left;
  }

  get length() {
    return this.#items.length;
  }

  push(item) {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (!reader) return void this.#items.push(item);
    this.taken(item);
    reader.resolve({ done: false, value: item.value });
  }

  /** Ends the items, behind those that are there; with an error if there is one. */
  end(error) {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#waiting.splice(0)) this.#finish(reader);
  }

  /** Removes the items that nobody has taken. */
  drain() {
    return this.#items.splice(0);
  }

  #finish({ resolve, reject }) {
    const error = this.#error;
    this.#error = undefined;
    if (error) reject(error);
    else resolve({ done: true, value: undefined });
  }

  next() {
    return new Promise((resolve, reject) => {
      const item = this.#items.shift();
      if (item) {
        this.taken(item);
        resolve({ done: false, value: item.value });
      } else if (this.#ended) this.#finish({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  async return() {
    this.#error = undefined;
    this.end();
    this.left();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
