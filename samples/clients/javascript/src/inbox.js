/**
 * Items that have arrived and that nobody has taken yet: an async iterator over them. The credit that the peer has is the
 * bound of it.
 *
 * @param {(item: any) => void} taken called for each item that the reader takes
 * @param {() => void} [left] called when the reader leaves before the end
 */
export function inbox(taken, left) {
  const items = [];
  const waiting = [];
  const last = { done: true, value: undefined };
  let ended;
  let failure;
  const serve = () => {
    while (waiting.length && (items.length || ended)) {
      const [resolve, reject] = waiting.shift();
      const item = items.shift();
      if (item) {
        taken(item);
        resolve({ done: false, value: item.value });
      } else if (failure) {
        reject(failure);
        failure = undefined;
      } else resolve(last);
    }
  };
  const self = {
    items,
    push(item) {
      if (!ended) items.push(item);
      serve();
    },
    /** Ends the items, behind those that are there; with an error if there is one. */
    end(error) {
      failure = ended ? failure : error;
      ended = true;
      serve();
    },
    next: () => new Promise((...settle) => {
      waiting.push(settle);
      serve();
    }),
    async return() {
      self.end();
      failure = undefined;
      left?.();
      return last;
    },
    [Symbol.asyncIterator]: () => self,
  };
  return self;
}
