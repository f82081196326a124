import { Call } from './call.js';
import { AgentError, ProtocolError } from './errors.js';
import {
  ACK, CREDIT, DATA, DEFINE, ERROR, EVENT, EXTENSION, GOAWAY, INTERRUPT, INVOKE, PART, WELCOME, envelope, fields, head, message,
} from './frames.js';
import { metadata } from './metadata.js';
import { Assembly } from './parts.js';
import { Remote, mayRunTwice } from './remote.js';
import { Runs } from './runs.js';
import { Sequence } from './sequence.js';

const BACKLOG = 10000; // frames that a server may make us hold although it acknowledges nothing

/** The logical conversation: streams of both sides over the connection that there is (sections 9 to 13). */
export class Session {
  id;
  token;
  log;
  peer;
  buffered = 0; // bytes of items that nobody has taken
  remote = new Remote(this);
  runs = new Runs(this);
  calls = new Map(); // own streams
  #waiting = []; // calls without a stream
  #repeats = []; // calls that are to be made again, if they may
  #next = 1; // id of the next own stream
  #write; // sends a message, while there is a connection
  #scheduled = false;
  #ackTimer;

  /** @param {object} host `codec`, `limits`, `options`, and what is to be told */
  constructor(host) {
    Object.assign(this, { host, codec: host.codec, limits: host.limits, options: host.options });
    this.#renew();
  }

  #renew() {
    this.sequence?.end();
    this.sequence = new Sequence(this.limits.window);
    this.assembly = new Assembly(this.limits.item);
    this.#next = 1;
  }

  get isConnected() {
    return this.#write !== undefined;
  }

  get frameLimit() {
    return Math.min(this.peer.frame, 65536);
  }

  get peerItem() {
    // Beyond 4 MiB PARTs would exceed the assembly limit.
    return Math.min(this.peer?.item ?? Infinity, 4194304);
  }

  // Calls of this side

  invoke(name, args, options) {
    return new Call(this, name, args, options);
  }

  begin(call) {
    const { maxWait } = this.host;
    const failure = this.host.failure();
    if (failure) return call.stop(failure);
    if (this.peer?.streams === 0) return call.stop(new AgentError('NOT_FOUND', 'The server offers no actions.'));
    if (!this.peer || this.calls.size >= this.peer.streams) this.#waiting.push(call);
    else this.#open(call);
    if (!this.#write) call.expectConnection(maxWait, this.host.unreachable);
    return undefined;
  }

  #open(call) {
    const stream = this.#next;
    this.#next += 2;
    this.calls.set(stream, call);
    call.open(stream);
  }

  /** A call ends before it was sent. */
  forget(call) {
    this.#waiting = this.#waiting.filter((other) => other !== call);
    if (call.stream !== undefined) {
      this.sequence.drop(call.stream);
      // Every stream that was opened with PART gets its INVOKE or an ERROR.
      if (this.sequence.top >= call.stream) this.urge(fields(ERROR, call.stream, [1, 0]));
      this.closed(call);
    }
  }

  /** The stream of a call is closed. */
  closed(call) {
    this.calls.delete(call.stream);
    this.assembly.drop(call.stream);
    while (this.#waiting.length && this.peer && this.calls.size < this.peer.streams) this.#open(this.#waiting.shift());
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
    this.host.trace?.(frames.map((f, i) => ({ out: true, number: number && number + i, size: f.size, replayed, bytes: message([f]) })));
    this.#write?.(message(frames));
  }

  ack(ping) {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
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
    return this.id === undefined ? undefined : { session: this.id, token: this.token, log: this.log, ...this.sequence.position };
  }

  /** A connection has been welcomed: goes on, or begins anew (section 11.3). */
  attach(write, welcome) {
    const { session, log, token, status } = welcome;
    if (status === 'resumed') {
      if (session !== this.id || log !== this.log) throw new ProtocolError('another session', 4003);
      const held = this.sequence.resume(welcome.rx, welcome.next);
      this.#attached(write, welcome, token);
      for (let at = 0; at < held.length;) {
        const from = at;
        for (let size = 0; at < held.length && (at === from || size + held[at].size <= this.sequence.peerMessage); at++) size += held[at].size;
        this.#send(held.slice(from, at), this.sequence.acked + 1 + from, true);
      }
      this.ack();
      this.host.tell('resumed', { replayed: held.length });
    } else {
      const same = session === this.id;
      if (this.id !== undefined) this.lose(same);
      this.id = session;
      this.log = log;
      this.#attached(write, welcome, token);
      if (status === 'reset') this.ack();
      this.runs.announce();
      const repeats = this.#repeats.splice(0);
      for (const call of this.#waiting.splice(0)) this.begin(call);
      this.#repeat(repeats, same);
      this.host.tell(status === 'reset' ? 'reset' : 'connected', {});
    }
    this.#schedule();
  }

  #attached(write, welcome, token) {
    this.#write = write;
    this.token = token;
    this.peer = welcome;
    this.sequence.limit(welcome);
    this.remote.welcomed(welcome.catalog);
  }

  detach() {
    this.#write = undefined;
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    for (const call of [...this.calls.values(), ...this.#waiting]) call.expectConnection(this.host.maxWait, this.host.unreachable);
  }

  /** Forgets the session; calls that may be made again are kept for the next one. */
  lose(same = false) {
    this.id = this.peer = undefined;
    this.runs.reset(same);
    this.remote.reset();
    const calls = [...this.calls.values(), ...this.#waiting];
    this.calls.clear();
    this.#waiting = [];
    this.#renew();
    for (const call of calls) {
      const fate = call.reset();
      if (fate === 'again') this.#waiting.push(call);
      else if (fate) this.#repeats.push(call);
    }
    for (const call of this.#repeats) if (!this.#write) call.expectConnection(this.host.maxWait, () => new AgentError('SESSION_RESET', 'The session was lost.', { mayHaveRun: true }));
  }

  /** Makes calls of a lost session again, if that is allowed. */
  async #repeat(calls, same) {
    const { repeatIdempotent = true } = this.options;
    const certain = ({ options }) => options.idempotent || (same && options.key);
    const names = calls.filter((call) => !certain(call)).map((call) => call.name);
    const twice = new Set();
    if (names.length && repeatIdempotent) {
      const { actions } = await this.remote.describe(names, { idempotent: true }).catch(() => ({ actions: [] }));
      for (const descriptor of actions) if (mayRunTwice(descriptor)) twice.add(descriptor.name);
    }
    for (const call of calls) {
      if (call.isDone) continue;
      if (certain(call) || twice.has(call.name)) this.begin(call);
      else call.lost();
    }
  }

  /** No connection comes any more: everything ends. */
  end(error) {
    this.#write = undefined;
    clearTimeout(this.#ackTimer);
    this.runs.reset(false);
    for (const call of [...this.calls.values(), ...this.#waiting, ...this.#repeats]) call.stop(error());
    this.calls.clear();
    this.#waiting = this.#repeats = [];
  }

  // Receiving

  /** Processes the frames of a message of the server. @param {import('./bytes.js').Reader} reader */
  receive(reader) {
    let pinged = false;
    while (reader.left) {
      const start = reader.at;
      const f = envelope(reader, this.limits.frame);
      if (f.type > ACK + 1) this.sequence.received(f.size);
      this.host.trace?.([{ out: false, number: f.type > 3 ? this.sequence.rx : undefined, size: f.size, bytes: reader.bytes.slice(start, reader.at) }]);
      if (f.type < EXTENSION) pinged = this.#frame(f) || pinged;
    }
    if (this.sequence.backlog > BACKLOG + this.calls.size) throw new ProtocolError('the server asks and does not read the answers', 4002);
    if (!this.#write) return;
    if (pinged || this.sequence.due) this.ack();
    else if (this.sequence.rx > this.sequence.told) this.#ackTimer ??= setTimeout(() => this.ack(), 1000);
  }

  #frame(f) {
    if (f.type <= WELCOME) throw new ProtocolError('a second WELCOME, or HELLO from the server');
    head(f);
    if (f.type === ACK) {
      this.sequence.acknowledged(f.rx, f.tx);
      this.#schedule();
      return f.end && this.host.pinged();
    }
    if (f.type === GOAWAY) this.host.leave(f);
    else {
      f.marked = f.metadata !== undefined;
      f.metadata = metadata(this.codec, f.metadata);
      if (f.type === DEFINE || f.type === EVENT) this.#unaddressed(f);
      else if (f.type === PART && !f.stream) this.#part(f);
      else if (f.stream & 1) this.#own(f);
      else this.runs.frame(f);
    }
    return false;
  }

  #part({ stream, payload }) {
    if (this.assembly.add(stream, payload)) throw new ProtocolError('an event or descriptor is too large', 4505);
  }

  #unaddressed(f) {
    const payload = this.assembly.take(0, f.payload);
    if (!payload) throw new ProtocolError('an event or descriptor is too large', 4505);
    if (f.type === DEFINE) return this.remote.define(f, payload);
    const name = f.alias === undefined ? f.name : this.remote.name(f.alias);
    if (name === undefined) throw new ProtocolError('an event by an alias that is not bound');
    return this.host.event(name, payload);
  }

  /** A frame on a stream that this side has opened. */
  #own(f) {
    const { type, stream } = f;
    if (type === INVOKE || type === INTERRUPT || stream > this.sequence.top) throw new ProtocolError('a frame that the server may not send on this stream');
    const call = this.calls.get(stream);
    if (!call) return;
    if (type === PART) {
      const code = this.assembly.add(stream, f.payload);
      if (code) call.refuse(code, 'Too many bytes in PARTs.');
    } else if (type === ERROR) call.failed(f);
    else if (type === CREDIT) {
      if (!call.credited(f.items)) throw new ProtocolError('more credit than there may be');
    } else call.item(f, this.payload(f));
  }

  /** The assembled payload of an item; undefined if it is too large. */
  payload({ type, stream, payload, end, marked }) {
    const whole = this.assembly.take(stream, payload);
    if (whole?.length === 0 && !end && (type !== DATA || !marked)) throw new ProtocolError('an item without payload');
    return whole;
  }

  changed(name, descriptor) {
    this.host.tell('change', { name, descriptor });
  }
}
