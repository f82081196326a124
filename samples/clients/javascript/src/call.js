import { concat, utf8, uvarint } from './bytes.js';
import { AgentError, failure, foreign } from './errors.js';
import { fields } from './frames.js';
import { inbox } from './inbox.js';
import { itemOf, join, joined } from './items.js';
import * as meta from './keys.js';
import { check, isMap } from './maps.js';
import { encodeMetadata, progress as readProgress } from './metadata.js';
import { ASSEMBLY, CREDIT, ERROR, INTERRUPT, INVOKE, MAX_INT, REPEATS } from './numbers.js';
import * as t from './texts.js';
import { charge } from './values.js';

/** Options that stand in metadata. */
const OPTIONS = { [meta.KEY]: -64, [meta.TRACEPARENT]: -1024, [meta.CREDIT]: 0 };

/** The head of INVOKE and EVENT: an alias, or a name (section 8.2). */
export const reference = (name, alias) => {
  const inline = utf8(name);
  return alias ? uvarint(alias * 2) : concat([uvarint(inline.length * 2 + 1), inline]);
};

/**
 * An invocation of the peer's action: a promise of its result, and an async iterable of its items.
 *
 * @param {object} host @param {string} name @param {object} [args] @param {object} [options] see `types/index.d.ts`
 */
export function call(host, name, args = {}, options = {}) {
  const { codec, limits, remote } = host;
  const { timeout, signal, parent, items, prefetch = host.options.prefetch ?? 32 } = options;
  const deadline = timeout === undefined ? undefined : Date.now() + timeout;
  let body; // the arguments
  let alias; // that its INVOKE has
  let granted; // items that the callee may still send
  let taken; // items that were taken and not granted again
  let buffered = 0; // bytes in the inbox
  let given; // bytes of the items that the application has got
  let unseen = []; // items of a run that may be made again: they would come twice
  let repeats = 0;
  let resends = 0; // after ERROR 33
  let asked = 0; // credit of the application, where `prefetch` is 0
  let cancelling;
  let failed;
  let mode; // 1: items are put together, 2: they are read
  let result; // of the items so far, in mode 1
  let promise;
  let settle;
  let deadlineTimer;
  let waitTimer;
  const settled = new Promise((resolve) => {
    settle = resolve;
  });

  /** Counts bytes that nobody has read while the call is open; afterwards they are the application's. */
  const buffer = (size) => {
    if (self.isDone) return;
    buffered += size;
    host.buffered += size;
  };

  const urge = (type, numbers, tail = '') => host.urge(fields(type, self.stream, numbers, utf8(tail)));

  const finish = (error) => {
    if (self.isDone) return;
    buffer(-buffered);
    self.isDone = true;
    failed = error;
    body = undefined; // the server decides how long the stream stays
    self.sender?.close();
    clearTimeout(waitTimer);
    clearTimeout(deadlineTimer);
    arrived.items.push(...unseen);
    signal?.removeEventListener('abort', abort);
    parent?.nested.delete(self);
    arrived.end(error);
    settle();
  };

  /** Drops what has arrived and nobody has taken. */
  const drop = () => {
    for (const { size } of [...arrived.items.splice(0), ...unseen.splice(0)]) buffer(-size);
  };

  const mayHaveRun = () => self.sent || repeats > 0;

  const stop = (code, text, cause) => {
    if (self.isDone) return;
    const details = { mayHaveRun: mayHaveRun(), cause };
    if (self.sent) {
      host.drop(self.stream);
      cancelling = true;
      urge(INTERRUPT, [0], typeof cause === 'string' ? cause : '');
    } else host.forget(self);
    drop();
    finish(new AgentError(code, text, details));
  };

  const cancel = (reason) => stop('CANCELLED', `${reason?.message ?? reason ?? ''}`, reason);
  const abort = () => cancel(signal.reason);

  const took = (item) => {
    buffer(-item.size);
    if (mode === 1) {
      if (result && result.type !== item.type) {
        stop('INTERNAL', t.say(t.KINDS));
        failed ??= failure('INTERNAL', t.KINDS, { mayHaveRun: true }); // the call has ended before it was awaited
        return;
      }
      result = join(result, item);
      if (result.size > limits.item) stop('TOO_LARGE', t.say(t.RESULT_SIZE));
    } else given = (given ?? 0) + item.size;
    if (prefetch && ++taken >= prefetch / 2) {
      self.request(taken);
      taken = 0;
    }
  };

  const arrived = inbox(took, cancel);

  /** Takes an item in; gives the code and the text of an error if that is not possible. */
  const add = (type, bytes) => {
    if (!bytes) return [36, t.ITEM_SIZE];
    if (!bytes.length) return undefined;
    if (granted-- < 1) return [8, t.NO_CREDIT];
    let value;
    try {
      value = itemOf(codec, type, bytes);
    } catch {
      return [3, t.UNDECODABLE];
    }
    const size = mode === 1 ? bytes.length : charge(limits, bytes, value);
    const item = { type, value, size };
    buffer(size);
    if (mode === 1) took(item);
    else if (host.buffered > limits.buffer) {
      buffer(-size);
      return [8, t.UNREAD];
    } else arrived.push(item);
    return undefined;
  };

  const collect = async () => {
    if (!mode) {
      mode = 1;
      arrived.items.splice(0).forEach(took);
    }
    await settled;
    if (failed) throw failed;
    return joined(result);
  };

  const self = {
    name,
    options,
    stream: undefined, // id, while it has one
    sent: false, // whether its INVOKE has a number
    isDone: false,
    sender: undefined, // of the items of this side
    cancel,

    then: (...settlers) => (promise ??= collect()).then(...settlers),
    catch: (rejected) => self.then(undefined, rejected),
    finally: (either) => self.then().finally(either),

    [Symbol.asyncIterator]() {
      if (mode) throw new TypeError(t.say(t.READ_ONCE));
      mode = 2;
      return arrived;
    },

    /** All items, at most `max`, and no more bytes than the buffer may hold. */
    async toArray(max = 10000) {
      const all = [];
      for await (const item of self) if (all.push(item) > max || given > limits.buffer) throw failure('TOO_LARGE', t.COUNT);
      return all;
    },

    /** Sends an item to the action; resolves when it is queued, to false if the call is over. */
    async send(item) {
      if (!items) throw new TypeError(t.say(t.NO_ITEMS));
      return self.isDone ? false : self.sender.put(item);
    },

    /** Says that no more items come. */
    end: async () => (self.isDone ? false : self.sender.end()),

    /** Lets the callee send more items, where `prefetch` is 0. */
    request(more) {
      if (self.isDone || cancelling) return;
      asked += more;
      if (!self.stream) return;
      granted += more;
      urge(CREDIT, [more]);
    },

    /** Asks the action to finish with what it has (INTERRUPT 1). */
    finish(reason = '') {
      if (!self.stream) cancel(reason);
      else if (!cancelling) urge(INTERRUPT, [1], reason);
    },

    /** Sends the INVOKE on a new stream (section 5.7): by alias where there is one, with what is left of the deadline. */
    open(stream) {
      self.stream = stream;
      self.sent = cancelling = false;
      granted = prefetch || asked;
      taken = 0;
      const metadata = encodeMetadata(codec, {
        [meta.PARENT]: parent?.stream,
        [meta.DEADLINE]: deadline && Math.min(MAX_INT, Math.max(0, deadline - Date.now())),
        [meta.KEY]: options.key,
        [meta.TRACEPARENT]: options.traceparent,
        [meta.CREDIT]: granted,
        [meta.DEPTH]: parent && parent.depth + 1,
      });
      const sent = () => {
        self.sent = true;
        drop();
        clearTimeout(waitTimer);
        waitTimer = undefined;
      };
      alias = remote?.alias(name);
      host.put(INVOKE, stream, reference(name, alias), body, { end: !items, metadata, sent });
      self.sender?.open(stream);
    },

    /** Ends the call if it is not sent within some time, which may begin anew. */
    expectConnection(error, anew) {
      if (self.sent || self.isDone) return;
      if (anew) waitTimer = clearTimeout(waitTimer);
      waitTimer ??= setTimeout(() => {
        waitTimer = undefined;
        const { draining, write } = host;
        if (self.sent || (write && !draining)) return;
        if (write && draining.call) return draining(); // the next connection may be there in time
        host.forget(self);
        self.stop(error());
      }, host.maxWait);
    },

    /** A DATA, TEXT or BYTES frame of the callee. */
    item({ type, end, metadata }, bytes) {
      const { onProgress } = options;
      const progress = metadata[meta.PROGRESS];
      if (onProgress && progress && !self.isDone) host.tried(onProgress, readProgress(progress));
      const refused = !cancelling && add(type, bytes);
      if (refused) self.refuse(...refused);
      else if (end) {
        host.closed(self);
        finish();
      }
    },

    /** An ERROR frame of the callee. */
    failed(f) {
      const { code, flags } = f;
      const isNew = !self.isDone && !given && !result && !arrived.items.length;
      if (code === 34) remote?.unbind(name);
      if (self.sent) host.closed(self);
      else host.forget(self);
      // It has certainly not run: its alias was unknown, or its PARTs were lost with a process of the server (section 11.2).
      if (isNew && (code === 34 ? alias > 15 && !(flags & 2) && !self.sender?.used() : code === 33 && flags & 1 && !items) && resends++ < REPEATS) {
        self.stream = undefined;
        host.begin(self);
      } else finish(foreign(f, f.metadata[meta.DETAILS], repeats > 0));
    },

    /**
     * The session was lost. Says what becomes of the call: 1 if it was not sent, 2 if it may be made again, in both cases it has
     * no stream any more; 0 if it has ended.
     */
    reset() {
      const { sent, sender } = self;
      self.stream = undefined;
      self.sent = false;
      sender?.reset();
      if (self.isDone) return 0;
      if (!sent && !sender?.used()) return repeats ? 2 : 1;
      if (sent && !items && !parent && !given && options.idempotent !== false && repeats++ < REPEATS) {
        result = undefined;
        unseen = arrived.items.splice(0);
        return 2;
      }
      self.stop(failure('SESSION_RESET', t.RESET), sent);
      return 0;
    },

    /** Ends the call because its session or its connection is gone. */
    stop: (error, ran = mayHaveRun()) => finish(Object.assign(error, { mayHaveRun: ran })),

    /** Ends the call with an error toward both sides. */
    refuse(code, text) {
      host.drop(self.stream);
      urge(ERROR, [code, 0]);
      host.closed(self);
      finish(failure(code, text, { mayHaveRun: true }));
    },
  };

  parent?.nested.add(self);
  try {
    if (!isMap(args)) throw new TypeError(t.say(t.ARGUMENTS_MAP));
    check({ [meta.KEY]: options.key === '' ? 0 : options.key, [meta.TRACEPARENT]: options.traceparent, [meta.CREDIT]: prefetch }, OPTIONS, t.OPTIONS);
    body = codec.encode(args);
    if (body.length > (host.peer?.item ?? ASSEMBLY)) throw failure('TOO_LARGE', t.ARGUMENTS_SIZE);
    signal?.throwIfAborted();
    if (items) self.sender = host.sender(self);
  } catch (error) {
    finish(error instanceof AgentError ? error : new AgentError(signal?.aborted ? 'CANCELLED' : 'INVALID_ARGUMENT', error.message, { cause: error }));
    return self;
  }
  signal?.addEventListener('abort', abort);
  if (deadline) deadlineTimer = setTimeout(() => stop('DEADLINE_EXCEEDED', t.say(t.TIME_OVER)), Math.min(timeout, MAX_INT));
  host.begin(self);
  return self;
}
