import { Reader } from './bytes.js';
import { ProtocolError, must } from './errors.js';
import { HELLO, WELCOME, envelope, frame, message } from './frames.js';
import { hello, welcome } from './handshake.js';
import * as t from './texts.js';

const HANDSHAKE = 8192; // bytes of HELLO and WELCOME
const GRACE = 2000; // ms after `keepalive` until this side pings
const ANSWER = 8000; // ms for the answer: together keepalive + 10 s, section 14
const CLOSING = 5000; // ms for the answer to a close
const PINGS = 10; // pings of the server that may come at once; two more each second

const never = new Promise(() => {});
const supplied = (value) => (typeof value === 'function' ? value() : value);

/** One WebSocket, from the attempt to open it to its end; `lost` resolves with the reason when it is gone. */
export class Connection {
  keepalive; // of WELCOME, once it has come
  #host;
  #socket;
  #lost;
  #timer;
  #since; // when WELCOME came
  #last; // when something came last
  #pinged = false;
  #asked; // whether HELLO asked for a resume
  #tokens = PINGS;
  #filled = 0;
  #mismatch;
  #failure;

  constructor(host, uri) {
    this.#host = host;
    this.uri = uri;
    this.lost = new Promise((resolve) => {
      this.#lost = resolve;
    });
    this.#after(host.connectTimeout, () => this.close(4001, t.NO_ANSWER));
    this.#open().catch((error) => this.#end({ code: 0, reason: String(error?.message ?? error) }));
  }

  async #open() {
    const { options: { token, headers: given }, codec, limits, WebSocket } = this.#host;
    const [auth, headers] = await Promise.race([Promise.all([supplied(token), supplied(given)]), this.lost.then(() => never)]);
    // What browsers ignore, `ws` understands: no buffer beyond our limit, no compression (section 3.6).
    const socket = new WebSocket(this.uri, [codec.token], { maxPayload: 2 * limits.message, perMessageDeflate: false, headers });
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => (socket.protocol === codec.token ? this.#greet(auth) : this.close(4500, t.NO_PROTOCOL));
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = (event) => this.#end(event);
    socket.onerror = ({ message: why }) => {
      // `ws` tells the status of a refused upgrade; browsers hide it.
      this.#failure = why;
      const status = /response: (\d+)/.exec(why);
      if (status) this.#end({ code: 0, status: +status[1] });
    };
    this.#host.opening?.(socket, (reason) => this.#end(reason));
  }

  #greet(auth) {
    const { codec, session, limits: { buffer, ...limits }, options, trace } = this.#host;
    const resume = this.#host.resumption();
    this.#asked = !!resume;
    const map = hello({ auth, resume, ...limits, catalog: session.remote.catalog.hash, client: { name: options.name ?? 'agentsocket-js', version: options.version ?? '0.1.0' } });
    const written = (of) => message([frame(HELLO, 0, codec.encode(of))]);
    const bytes = written(map);
    if (bytes.length > HANDSHAKE) return this.close(4505, t.TOKEN_SIZE);
    // Tokens are secrets, also for those who look at frames.
    trace?.({ out: true, size: bytes.length, bytes: written({ ...map, auth: auth && '***', resume: resume && { ...resume, token: '***' } }) });
    return this.#socket.send(bytes);
  }

  #received(data) {
    this.#last = Date.now();
    if (this.#pinged) this.#watch();
    this.#pinged = false;
    try {
      must(data.byteLength, t.MESSAGE); // a text has no byteLength
      must(data.byteLength <= this.#host.limits.message, t.MESSAGE_SIZE, 4505);
      const reader = new Reader(new Uint8Array(data));
      if (!this.keepalive) this.#welcome(reader);
      this.#host.session.receive(reader);
    } catch (error) {
      const broken = error instanceof ProtocolError;
      if (!broken) this.#host.report(t.say(t.UNPROCESSED), error);
      this.close(broken ? error.close : 4005, broken ? error.message : t.INTERNAL);
    }
  }

  #welcome(reader) {
    must(reader.bytes[0] >> 3 === WELCOME, t.NO_WELCOME);
    const { codec, session, trace } = this.#host;
    const map = welcome(codec, envelope(reader, HANDSHAKE).body);
    trace?.({ out: false, size: reader.at, bytes: message([frame(WELCOME, 0, codec.encode({ ...map, token: '***' }))]) });
    must(this.#asked !== (map.status === 'new'), t.STATUS);
    this.#since = Date.now();
    this.keepalive = map.keepalive;
    try {
      session.attach((bytes) => this.#socket.send(bytes), map);
    } catch (error) {
      this.#mismatch = error.close === 4003;
      throw error;
    }
    this.#watch();
  }

  #after(ms, run) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
  }

  // Keepalive (section 14). A throttled timer is late, and what has come meanwhile may wait behind it: only a ping that was not
  // answered is silence.

  #watch(ms = this.keepalive + GRACE) {
    this.#after(ms, () => {
      const left = this.#last + this.keepalive + GRACE - Date.now();
      if (this.#pinged) this.close(4001, t.SILENT);
      else if (left > 0) this.#watch(left);
      else this.probe();
    });
  }

  /** Asks the server whether it is there. */
  probe() {
    if (!this.keepalive || this.#pinged || !this.#lost) return;
    this.#pinged = true;
    this.#host.session.ack(true);
    this.#watch(ANSWER);
  }

  /** The server has sent a ping, which is to be answered. */
  pinged() {
    const now = Date.now();
    this.#tokens = Math.min(PINGS, this.#tokens + (now - this.#filled) / 500) - 1;
    this.#filled = now;
    must(this.#tokens >= 0, t.PINGS, 4507);
  }

  /** Closes the connection; it is lost at once, whatever the server does. */
  close(code, why) {
    const socket = this.#socket;
    const reason = typeof why === 'number' ? t.say(why) : why;
    this.#end({ code, reason });
    try {
      socket?.close(code, reason);
    } catch {
      // not open yet: nobody is told
    }
    if (socket?.terminate) setTimeout(() => socket.terminate(), CLOSING).unref?.();
  }

  /** Breaks the connection as a failing network does. */
  cut() {
    const socket = this.#socket;
    this.#end({ code: 1006, reason: 'cut' });
    if (socket?.terminate) socket.terminate();
    else socket?.close();
  }

  #end({ code, status, reason, retryAfter }) {
    if (!this.#lost) return;
    clearTimeout(this.#timer);
    if (this.#socket) Object.assign(this.#socket, { onopen: null, onmessage: null, onclose: null, onerror() {} });
    this.#lost({
      uri: this.uri, code, status, retryAfter, mismatch: this.#mismatch, reason: reason || this.#failure || '',
      lasted: this.keepalive && Date.now() - this.#since,
    });
    this.#lost = undefined;
  }
}
