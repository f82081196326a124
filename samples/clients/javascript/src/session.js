import { call } from './call.js';
import { failure, must } from './errors.js';
import { fields, head } from './frames.js';
import { metadata } from './metadata.js';
import { ACK, ASSEMBLY, BACKLOG, CREDIT, DATA, DEFINE, ERROR, EVENT, GOAWAY, HELD, INTERRUPT, INVOKE, MESSAGE, PART, WELCOME } from './numbers.js';
import { assembly } from './parts.js';
import { sequence } from './sequence.js';
import * as t from './texts.js';

/** Gives a host the logical conversation: streams of both sides over the connection that there is (sections 9 to 13). */
export function session(host) {
  const { codec, limits, options } = host;
  const calls = host.calls = new Map(); // own streams
  let next = 1; // id of the next own stream
  let waiting = []; // calls without a stream
  let repeats = []; // calls that are to be made again, if they may
  const held = new Set(); // those of which the server is asked whether they may
  let token;
  let log;
  sequence(host);
  host.assembly = assembly(limits.item);

  const openWaiting = () => {
    while (waiting.length && calls.size < host.peer?.streams) {
      const one = waiting.shift();
      calls.set(next, one);
      one.open(next);
      next += 2;
    }
  };

  const all = () => [...calls.values(), ...waiting];

  const begin = (one) => {
    const over = host.failure();
    if (over || host.peer?.streams === 0) return one.stop(over || failure('NOT_FOUND', t.NO_ACTIONS));
    waiting.push(one);
    openWaiting();
    if (!host.write || host.draining) one.expectConnection(host.unreachable);
    return undefined;
  };

  /** The stream of a call is closed. */
  const closed = ({ stream }) => {
    calls.delete(stream);
    host.assembly.drop(stream);
    openWaiting();
  };

  /**
   * Makes calls of a lost session again, if that is allowed: some at once, so that they are judged anew at the next reset, others
   * when the server has said that they may run twice. A key is of no use any more for those: a session without it has begun.
   */
  const repeat = async (same) => {
    const asked = repeats.splice(0).filter((one) => {
      const { idempotent, key } = one.options;
      return !one.isDone && (idempotent || (same && key) ? begin(one) : held.add(one));
    });
    const names = asked.map(({ name }) => name);
    const twice = names.length && options.repeatIdempotent !== false && (await host.remote?.twice(names).catch(() => {}));
    for (const one of asked) {
      held.delete(one);
      if (twice && !one.isDone && twice.includes(one.name)) begin(one);
      else one.stop(failure('SESSION_RESET', t.RESET));
    }
  };

  /** Forgets the session; calls that may be made again are kept for the next one. */
  const lose = (same) => {
    host.id = host.peer = undefined;
    host.runs.reset();
    const open = all();
    host.offers?.reset(same);
    host.remote?.reset();
    calls.clear();
    waiting = [];
    next = 1;
    host.assembly = assembly(limits.item);
    host.renew();
    for (const one of open) {
      const fate = one.reset();
      if (fate) [waiting, repeats][fate - 1].push(one);
    }
    if (!host.write) for (const one of repeats) one.expectConnection(() => failure('SESSION_RESET', t.RESET));
  };

  /** The assembled payload of an item; undefined if it is too large. */
  const payload = ({ type, stream, payload: rest, end, marked }) => {
    const whole = host.assembly.take(stream, rest);
    must(!whole || whole.length || end || (type === DATA && marked), t.NO_PAYLOAD);
    return whole;
  };

  host.begin = begin;
  host.closed = closed;
  host.lose = lose;
  host.payload = payload;

  host.invoke = (name, args, of) => call(host, name, args, of);

  /** A call ends before it was sent. */
  host.forget = (one) => {
    waiting = waiting.filter((other) => other !== one);
    const { stream } = one;
    if (!stream) return;
    host.drop(stream);
    // Every stream that was opened with PART gets its INVOKE or an ERROR.
    if (host.top >= stream) host.urge(fields(ERROR, stream, [1, 0]));
    closed(one);
  };

  /** What HELLO says to go on with the session; undefined if there is none. */
  host.resumption = () => host.id && { session: host.id, token, log, ...host.position() };

  /** A connection has been welcomed: goes on, or begins anew (section 11.3). */
  host.attach = (write, welcome) => {
    const { session: id, status } = welcome;
    const resumed = status === 'resumed';
    const same = id === host.id;
    let replayed;
    if (resumed) {
      try {
        must(same && welcome.log === log, t.DISAGREE, 4003);
        host.resumed(welcome);
      } catch (error) {
        lose(); // the next connection asks for no resume
        throw error;
      }
    } else if (host.id) lose(same);
    ({ log, token } = welcome);
    // Whatever the server takes, no payload, frame or message of ours is larger, and we hold no more.
    const { item, frame, message, window, streams } = welcome;
    host.peer = { ...welcome, item: Math.min(item, ASSEMBLY), frame: Math.min(frame, MESSAGE), message: Math.min(message, MESSAGE), window: Math.min(window, HELD), streams: Math.min(streams, BACKLOG) };
    host.id = id;
    host.write = write;
    host.remote?.welcomed(welcome.catalog);
    host.expires?.(welcome.expires);
    if (resumed) replayed = host.replay();
    if (status !== 'new') host.ack();
    if (!resumed) {
      host.offers?.announce();
      openWaiting();
      repeat(same);
    }
    host.tell(status === 'new' ? 'connected' : status, resumed ? { replayed } : {});
    host.flush();
  };

  host.detach = () => {
    // Those that have waited behind GOAWAY have all of their time to get the next connection.
    const anew = host.write && host.draining;
    host.write = undefined;
    host.expires?.();
    host.stopTimer();
    for (const one of all()) one.expectConnection(host.unreachable, anew);
  };

  /** No new streams on this connection: calls that are not sent wait for the next one, which `leave` goes to, if there is one. */
  host.drain = (leave) => {
    host.draining = leave;
    for (const one of all()) one.expectConnection(host.unreachable);
  };

  /** No connection comes any more: everything ends. */
  host.end = (error) => {
    host.write = undefined;
    host.stopTimer();
    host.runs.reset();
    for (const one of [...all(), ...repeats, ...held]) one.stop(error());
    calls.clear();
    waiting = repeats = [];
    host.renew(); // those who wait for room go on
  };

  /** A frame of the server; gives true if it is a ping. */
  host.received = (f) => {
    const { type, stream } = f;
    must(type > WELCOME, t.SECOND_WELCOME);
    head(f);
    if (type === ACK) {
      host.acknowledged(f.rx, f.tx);
      if (f.end) host.pinged();
      return f.end;
    }
    f.marked = !!f.metadata;
    f.metadata = metadata(codec, f.metadata);
    if (type === GOAWAY) host.leave(f);
    else if (!stream) {
      // DEFINE, EVENT, and their PARTs
      const { name = host.remote ? host.remote.name(f.alias) : '' } = f;
      const whole = type === PART ? !host.assembly.add(0, f.payload) : host.assembly.take(0, f.payload);
      must(whole, t.UNADDRESSED_SIZE, 4505);
      if (type === DEFINE) host.remote?.define(f, whole);
      else if (type === EVENT) {
        must(name !== undefined, t.UNBOUND);
        host.event(name, whole);
      }
    } else if (stream & 1) {
      must(type !== INVOKE && type !== INTERRUPT && stream <= host.top, t.WRONG_STREAM);
      const one = calls.get(stream);
      if (one && type === PART) {
        const code = host.assembly.add(stream, f.payload);
        if (code) one.refuse(code, t.PARTS_SIZE);
      } else if (type === ERROR) one?.failed(f);
      else if (type === CREDIT) one?.sender?.add(f.items);
      else if (one) one.item(f, payload(f));
    } else host.runs.frame(f);
    return false;
  };
}
