import { Reader } from './bytes.js';
import { ProtocolError } from './errors.js';
import { WELCOME, envelope, frame, message } from './frames.js';
import { hello, welcome } from './handshake.js';

const HANDSHAKE = 8192; // bytes of HELLO and WELCOME
const GRACE = 2000; // ms after `keepalive` until this side pings
const ANSWER = 8000; // ms for the answer: together keepalive + 10 s, section 14
const CLOSING = 5000; // ms for the answer to a close

const never = new Promise(() => {});

/** One WebSocket, from the attempt to open it to its end; `lost` resolves with the reason when it is gone. */
export class Connection {
  welcomed; // when WELCOME came, in ms
  #host;
  #socket;
  #lost;
  #timer;
  #last = 0; // when something came last
  #pinged = false;
  #asked; // whether HELLO asked for a resume
  #tokens = 10; // pings that the server may send now
  #filled = 0;

  constructor(host, uri) {
    this.#host = host;
    this.uri = uri;
    this.lost = new Promise((resolve) => {
      this.#lost = resolve;
    });
    this.#timer = setTimeout(() => this.close(4001, 'no WELCOME in time'), host.connectTimeout);
    this.#open().catch((error) => this.#end({ code: 0, reason: error?.message ?? String(error) }));
  }

  async #open() {
    const { options, codec, limits, WebSocket } = this.#host;
    const [auth, headers] = await Promise.race([
      Promise.all([options.token, options.headers].map((value) => (typeof value === 'function' ? value() : value))),
      this.lost.then(() => never),
    ]);
    if (!this.#lost) return;
    // What browsers ignore, `ws` understands: no buffer beyond our limit, no compression (section 3.6).
    const socket = new WebSocket(this.uri, [codec.token], { maxPayload: 2 * limits.message, perMessageDeflate: false, headers });
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (socket.protocol !== codec.token) return this.close(4500, 'the server has chosen no sub-protocol');
      return this.#greet(auth);
    };
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onerror = (event) => this.#failed(event);
    socket.onclose = ({ code, reason }) => this.#end({ code, reason });
    // `ws` tells the answer of a server that refuses the upgrade; browsers hide it.
    socket.on?.('unexpected-response', (request, { statusCode: status, headers: answer }) => {
      request.destroy();
      this.#end({ code: 0, status, retryAfter: answer['retry-after'] });
    });
  }

  #greet(auth) {
    const { codec, session, limits, options } = this.#host;
    const { window, message: largest, frame, item, items, streams } = limits;
    const resume = this.#host.resumption();
    this.#asked = !!resume;
    const map = {
      auth, resume, window, message: largest, frame, item, items, streams,
      catalog: session.remote.hash,
      client: { name: options.name ?? 'agentsocket-js', version: options.version ?? '0.1.0' },
    };
    const f = hello(codec, map);
    if (f.size > HANDSHAKE) return this.close(4505, 'the token is too long');
    // Tokens are secrets, also for those who look at frames.
    this.#host.trace?.([{ out: true, size: f.size, bytes: message([hello(codec, { ...map, auth: auth && '***', resume: resume && { ...resume, token: '***' } })]) }]);
    return this.send(message([f]));
  }

  send(bytes) {
    this.#socket?.send(bytes);
  }

  #received(data) {
    this.#last = Date.now();
    if (this.#pinged) {
      this.#pinged = false;
      this.#watch(this.keepalive + GRACE);
    }
    try {
      if (typeof data === 'string') throw new ProtocolError('a text message');
      if (!data.byteLength) throw new ProtocolError('an empty message');
      if (data.byteLength > this.#host.limits.message) throw new ProtocolError('a message is larger than its limit', 4505);
      const reader = new Reader(new Uint8Array(data));
      if (this.welcomed === undefined) this.#welcome(reader);
      this.#host.session.receive(reader);
    } catch (error) {
      const broken = error instanceof ProtocolError;
      if (!broken) this.#host.report('A message could not be processed', error);
      this.close(broken ? error.close : 4005, broken ? error.message : 'internal', broken);
    }
  }

  #welcome(reader) {
    if (reader.bytes[0] >> 3 !== WELCOME) throw new ProtocolError('the server does not begin with WELCOME');
    const { codec } = this.#host;
    const map = welcome(codec, envelope(reader, HANDSHAKE).body);
    this.#host.trace?.([{ out: false, size: reader.at, bytes: message([frame(WELCOME, 0, codec.encode({ ...map, token: '***' }))]) }]);
    if (this.#asked === (map.status === 'new')) throw new ProtocolError(`WELCOME ${map.status} was not asked for`);
    clearTimeout(this.#timer);
    this.welcomed = Date.now();
    this.keepalive = map.keepalive;
    try {
      this.#host.session.attach((bytes) => this.send(bytes), map);
    } catch (error) {
      if (error.close === 4003) this.mismatch = true;
      throw error;
    }
    this.#watch(this.keepalive + GRACE);
  }

  #failed(event) {
    this.failure = event.message ?? event.error?.message;
    const status = /response: (\d+)/.exec(this.failure)?.[1];
    if (status) this.#end({ code: 0, status: Number(status), reason: this.failure });
  }

  // Keepalive (section 14). A throttled timer is late, and what has come meanwhile may wait behind it: only a ping that was not
  // answered is silence.

  #watch(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const silent = Date.now() - this.#last;
      const due = this.keepalive + GRACE;
      if (this.#pinged) this.close(4001, 'the server is silent');
      else if (silent < due) this.#watch(due - silent);
      else this.probe();
    }, Math.min(ms, 2 ** 31 - 1));
  }

  /** Asks the server whether it is there. */
  probe() {
    if (this.welcomed === undefined || this.#pinged || !this.#lost) return;
    this.#pinged = true;
    this.#host.session.ack(true);
    this.#watch(ANSWER);
  }

  /** The server has sent a ping: true, if it is to be answered. */
  pinged() {
    const now = Date.now();
    this.#tokens = Math.min(10, this.#tokens + ((now - this.#filled) * 2) / 1000);
    this.#filled = now;
    if (this.#tokens < 1) throw new ProtocolError('too many pings', 4507);
    this.#tokens--;
    return true;
  }

  /** Closes the connection; it is lost at once, whatever the server does. */
  close(code, reason, own = true) {
    const socket = this.#socket;
    this.#end({ code, reason, own });
    if (!socket) return;
    try {
      socket.close(code, reason);
    } catch {
      // not open yet: nobody is told
    }
    if (socket.terminate) setTimeout(() => socket.terminate(), CLOSING).unref?.();
  }

  /** Breaks the connection as a failing network does. */
  cut() {
    const socket = this.#socket;
    this.#end({ code: 1006, reason: 'cut' });
    if (socket?.terminate) socket.terminate();
    else socket?.close();
  }

  #end(reason) {
    if (!this.#lost) return;
    clearTimeout(this.#timer);
    if (this.#socket) Object.assign(this.#socket, { onopen: null, onmessage: null, onclose: null, onerror: () => {} });
    const lasted = this.welcomed === undefined ? undefined : Date.now() - this.welcomed;
    const lost = this.#lost;
    this.#lost = undefined;
    lost({ uri: this.uri, lasted, mismatch: this.mismatch, ...reason, reason: reason.reason || this.failure || '' });
  }
}
