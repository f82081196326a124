import { concat } from '../src/bytes.js';
import { expand, matches, shown } from './values.mjs';

/** What fails a step. */
export class Failed extends Error {}

export function check(actual, expected, exact) {
  if (!matches(actual, expand(expected), exact)) throw new Failed(`expected ${shown(expected)}, came ${shown(actual)}`);
}

export function only(step, ...known) {
  for (const key of Object.keys(step)) if (key !== 'step' && !known.includes(key)) throw new Failed(`unknown member ${key}`);
}

/** What an error says of itself, in the words of the cases. */
function errorOf(error) {
  if (error?.number === undefined) return { failure: String(error?.stack ?? error) };
  const { number: code, text, retryable, mayHaveRun, violations, correlation } = error;
  return { code, text, retryable, mayHaveRun, violations: violations.map(({ pointer }) => pointer).sort(), correlation: correlation !== undefined, says: `${error.message} ${text}` };
}

export function checkError(error, { not, ...expected }) {
  const actual = errorOf(error);
  if (expected.violations) expected.violations = [...expected.violations].sort();
  if (Array.isArray(expected.code)) expected.code = { $in: expected.code };
  if (!matches(actual, expected, false) || (not && actual.says.includes(not))) throw new Failed(`expected the error ${shown({ not, ...expected })}, came ${shown(actual)}`);
}

/** One call of a case: what has come of it and was not taken by a step. */
export class Playing {
  #items = [];
  #waiting = [];
  #done;

  constructor(call, { result = 'value', credit }) {
    this.call = call;
    this.single = result === 'value' || result === 'none';
    this.progress = [];
    if (this.single) this.outcome = Promise.resolve(call.then((value) => ({ value }), (error) => ({ error })));
    else {
      this.iterator = call[Symbol.asyncIterator]();
      this.pumps = credit === undefined;
      if (this.pumps) this.#pump();
    }
  }

  async #pump() {
    let next;
    do {
      next = await this.iterator.next().then((one) => one, (error) => ({ done: true, error }));
      const waiting = this.#waiting.shift();
      if (waiting) waiting(next);
      else this.#items.push(next);
    } while (!next.done);
    this.#done = next;
    for (const waiting of this.#waiting.splice(0)) waiting(next);
  }

  /** The next item, or the end. */
  next() {
    if (this.#items.length) return Promise.resolve(this.#items.shift());
    if (this.#done) return Promise.resolve(this.#done);
    if (this.pumps) return new Promise((resolve) => this.#waiting.push(resolve));
    return this.iterator.next().then((one) => one, (error) => ({ done: true, error }));
  }

  async rest() {
    const items = [];
    for (;;) {
      const { done, value, error } = await this.next();
      if (done) return { items, error };
      items.push(value);
    }
  }

  async finish(expect) {
    only(expect, 'value', 'none', 'items', 'text', 'bytes', 'error', 'after', 'cancelled');
    const { items, error, value } = this.single ? await this.outcome : await this.rest();
    if (expect.cancelled) {
      if (error ? error.code !== 'CANCELLED' : value !== undefined) throw new Failed(`expected a cancel, came ${shown(error ? errorOf(error) : value)}`);
      if (items?.length) throw new Failed(`items after the cancel: ${shown(items)}`);
      return;
    }
    if (expect.after) check(items, expect.after);
    if (expect.error) {
      if (!error) throw new Failed(`expected the error ${shown(expect.error)}, came ${shown(value ?? items)}`);
      checkError(error, expect.error);
    } else if (error) throw new Failed(`expected ${shown(expect)}, came the error ${shown(errorOf(error))}`);
    else if ('value' in expect) check(value, expect.value);
    else if (expect.none) check(value ?? null, null);
    else if ('items' in expect) check(items, expect.items);
    else if ('text' in expect) check(items.join(''), expect.text);
    else check(concat(items), expect.bytes);
  }
}
