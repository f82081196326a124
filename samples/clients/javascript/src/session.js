import { Refusing, bare } from './bare.js';
import { Call } from './call.js';
import { failure, must } from './errors.js';
import { ACK, CREDIT, DATA, DEFINE, ERROR, EVENT, EXTENSION, GOAWAY, INTERRUPT, INVOKE, PART, WELCOME, envelope, fields, head, message } from './frames.js';
import { metadata } from './metadata.js';
import { Assembly } from './parts.js';
import { Sequence } from './sequence.js';
import * as t from './texts.js';

const BACKLOG = 10000; // frames that a server may make us hold although it acknowledges nothing
const LATE = 1000; // ms until what has arrived is acknowledged, section 10.2
const ITEM = 4194304; // bytes of a payload; beyond that PARTs would exceed the assembly limit
const FRAME = 65536;

/** The logical conversation: streams of both sides over the connection that there is (sections 9 to 13). */
export class Session {
  id;
  peer;
  buffered = 0; // bytes of items that nobody has taken
  remote = bare;
  runs = new Refusing(this);
  calls = new Map(); // own streams
  #token;
  #log;
  #waiting = []; // calls without a stream
  #repeats = []; // calls that are to be made again, if they may
  #next; // id of the next own stream
  #write; // sends a message, while there is a connection
  #scheduled = false;
  #ackTimer;

  /** @param {object} host `codec`, `limits`, `options`, and what is to be told */
  constructor(host) {
    const { codec, limits, options } = host;
    Object.assign(this, { host, codec, limits, options });
    this.#renew();
  }

  #renew() {
    this.sequence?.end();
    this.sequence = new Sequence(this.limits.window);
    this.assembly = new Assembly(this.limits.item);
    this.#next = 1;
  }

  get isConnected() {
    return !!this.#write;
  }

  get frameLimit() {
    return Math.min(this.peer.frame, FRAME);
  }

  get peerItem() {
    return Math.min(this.peer?.item ?? ITEM, ITEM);
  }

  // Calls of this side

  invoke(name, args, options) {
    return new Call(this, name, args, options);
  }

  begin(call) {
    const over = this.host.failure();
    if (over || this.peer?.streams === 0) return call.stop(over || failure('NOT_FOUND', t.NO_ACTIONS));
    this.#waiting.push(call);
    this.#openWaiting();
    if (!this.#write) this.#expect([call]);
    return undefined;
  }

  #openWaiting() {
    while (this.#waiting.length && this.calls.size < this.peer?.streams) {
      const call = this.#waiting.shift();
      this.calls.set(this.#next, call);
      call.open(this.#next);
      this.#next += 2;
    }
  }

  #expect(calls) {
    for (const call of calls) call.expectConnection(this.host.maxWait, this.host.unreachable);
  }

  get #all() {
    return [...this.calls.values(), ...this.#waiting];
  }

  /** A call ends before it was sent. */
  forget(call) {
    this.#waiting = this.#waiting.filter((other) => other !== call);
    const { stream } = call;
    if (stream === undefined) return;
    this.sequence.drop(stream);
    // Every stream that was opened with PART gets its INVOKE or an ERROR.
    if (this.sequence.top >= stream) this.urge(fields(ERROR, stream, [1, 0]));
    this.closed(call);
  }

  /** The stream of a call is closed. */
  closed({ stream }) {
    this.calls.delete(stream);
    this.assembly.drop(stream);
    this.#openWaiting();
  }

  // Sending

  push(frames) {
    for (const f of frames) this.sequence.push(f);
    this.#schedule();
  }

  urge(f) {
    this.sequence.urge(f);
    this.#schedule();
  }

  #schedule() {
    if (this.#scheduled || !this.#write) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush() {
    while (this.#write) {
      const number = this.sequence.tx + 1;
      const frames = this.sequence.take();
      if (!frames.length) break;
      this.#send(frames, number);
    }
  }

  #send(frames, number, replayed) {
    frames.forEach((f, i) => this.host.trace?.({ out: true, number: number && number + i, size: f.size, replayed, bytes: message([f]) }));
    this.#write?.(message(frames));
  }

  #noAckLater() {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  ack(ping) {
    this.#noAckLater();
    this.#send([this.sequence.ack(ping)]);
  }

  /** Ends the session on the server. */
  goAway() {
    this.#flush();
    this.#send([fields(GOAWAY, 0, [0, 0, 0])]);
  }

  // Connections

  /** What HELLO says to go on with the session; undefined if there is none. */
  get resume() {
    return this.id && { session: this.id, token: this.#token, log: this.#log, ...this.sequence.position };
  }

  /** A connection has been welcomed: goes on, or begins anew (section 11.3). */
  attach(write, welcome) {
    const { host } = this;
    const { session, log, token, status } = welcome;
    const resumed = status === 'resumed';
    const same = session === this.id;
    let held;
    if (resumed) {
      must(same && log === this.#log, t.DISAGREE, 4003);
      held = this.sequence.resume(welcome.rx, welcome.next);
    } else if (this.id) this.lose(same);
    this.id = session;
    this.#log = log;
    this.#token = token;
    this.#write = write;
    this.peer = welcome;
    this.sequence.limit(welcome);
    this.remote.welcomed(welcome.catalog);
    if (resumed) {
      for (let at = 0; at < held.length;) {
        const from = at;
        for (let size = 0; at < held.length && (at === from || size + held[at].size <= this.sequence.peerMessage); at++) size += held[at].size;
        this.#send(held.slice(from, at), this.sequence.acked + 1 + from, true);
      }
    }
    if (status !== 'new') this.ack();
    if (!resumed) {
      host.offers?.announce();
      const repeats = this.#repeats.splice(0);
      this.#openWaiting();
      this.#repeat(repeats, same);
    }
    host.tell(status === 'new' ? 'connected' : status, resumed ? { replayed: held.length } : {});
    this.#schedule();
  }

  detach() {
    this.#write = undefined;
    this.#noAckLater();
    this.#expect(this.#all);
  }

  /** Forgets the session; calls that may be made again are kept for the next one. */
  lose(same = false) {
    this.id = this.peer = undefined;
    this.runs.reset();
    this.host.offers?.reset(same);
    this.remote.reset();
    const calls = this.#all;
    this.calls.clear();
    this.#waiting = [];
    this.#renew();
    for (const call of calls) {
      const fate = call.reset();
      if (fate) [this.#waiting, this.#repeats][fate - 1].push(call);
    }
    if (!this.#write) for (const call of this.#repeats) call.expectConnection(this.host.maxWait, () => failure('SESSION_RESET', t.RESET, { mayHaveRun: true }));
  }

  /** Makes calls of a lost session again, if that is allowed. */
  async #repeat(calls, same) {
    const certain = ({ options: { idempotent, key } }) => idempotent || (same && key);
    const names = calls.filter((call) => !certain(call)).map(({ name }) => name);
    const twice = names.length && this.options.repeatIdempotent !== false ? await this.remote.twice(names).catch(() => []) : [];
    for (const call of calls) {
      if (certain(call) || twice.includes(call.name)) this.begin(call);
      else call.stop(failure('SESSION_RESET', t.RESET));
    }
  }

  /** No connection comes any more: everything ends. */
  end(error) {
    this.#write = undefined;
    this.#noAckLater();
    this.runs.reset();
    for (const call of [...this.#all, ...this.#repeats]) call.stop(error());
    this.calls.clear();
    this.#waiting = this.#repeats = [];
  }

  // Receiving

  /** Processes the frames of a message of the server. @param {import('./bytes.js').Reader} reader */
  receive(reader) {
    const { sequence, host } = this;
    let pinged = false;
    while (reader.left) {
      const start = reader.at;
      const f = envelope(reader, this.limits.frame);
      const numbered = f.type > GOAWAY;
      if (numbered) sequence.received(f.size);
      host.trace?.({ out: false, number: numbered ? sequence.rx : undefined, size: f.size, bytes: reader.bytes.slice(start, reader.at) });
      if (f.type < EXTENSION) pinged = this.#frame(f) || pinged;
    }
    must(sequence.backlog <= BACKLOG + this.calls.size, t.BACKLOG, 4002);
    if (!this.#write) return;
    if (pinged || sequence.due) this.ack();
    else if (sequence.rx > sequence.told) this.#ackTimer ??= setTimeout(() => this.ack(), LATE);
  }

  /** Gives true if the frame is a ping. */
  #frame(f) {
    const { type, stream } = f;
    must(type > WELCOME, t.SECOND_WELCOME);
    head(f);
    if (type === ACK) {
      this.sequence.acknowledged(f.rx, f.tx);
      this.#schedule();
      if (f.end) this.host.pinged();
      return f.end;
    }
    f.marked = !!f.metadata;
    f.metadata = metadata(this.codec, f.metadata);
    if (type === GOAWAY) this.host.leave(f);
    else if (!stream) this.#unaddressed(f);
    else if (stream & 1) this.#own(f);
    else this.runs.frame(f);
    return false;
  }

  /** DEFINE, EVENT, and their PARTs. */
  #unaddressed(f) {
    const { type, name = this.remote.name(f.alias) } = f;
    const payload = type === PART ? !this.assembly.add(0, f.payload) : this.assembly.take(0, f.payload);
    must(payload, t.UNADDRESSED_SIZE, 4505);
    if (type === DEFINE) this.remote.define(f, payload);
    else if (type === EVENT) {
      must(name !== undefined, t.UNBOUND);
      this.host.event(name, payload);
    }
  }

  /** A frame on a stream that this side has opened. */
  #own(f) {
    const { type, stream } = f;
    must(type !== INVOKE && type !== INTERRUPT && stream <= this.sequence.top, t.WRONG_STREAM);
    const call = this.calls.get(stream);
    if (!call) return;
    if (type === PART) {
      const code = this.assembly.add(stream, f.payload);
      if (code) call.refuse(code, t.PARTS_SIZE);
    } else if (type === ERROR) call.failed(f);
    else if (type === CREDIT) call.sender?.add(f.items);
    else call.item(f, this.payload(f));
  }

  /** The assembled payload of an item; undefined if it is too large. */
  payload({ type, stream, payload, end, marked }) {
    const whole = this.assembly.take(stream, payload);
    must(!whole || whole.length || end || (type === DATA && marked), t.NO_PAYLOAD);
    return whole;
  }
}
