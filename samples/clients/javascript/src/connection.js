import { Reader } from './bytes.js';
import { must } from './errors.js';
import { envelope, frame, message } from './frames.js';
import { welcome } from './handshake.js';
import { ANSWER, CLOSING, GRACE, HANDSHAKE, HELLO, MAX_INT, PINGS, WELCOME } from './numbers.js';
import * as t from './texts.js';

const supplied = (value) => (typeof value === 'function' ? value() : value);

/**
 * One WebSocket, from the attempt to open it to its end; `lost` resolves with the reason when it is gone. It has so many times the
 * time that is set to come up; `late` is told whether the server had accepted the upgrade when that is over.
 */
export function connection(host, uri, times, late) {
  const { options, codec, limits, trace } = host;
  let socket;
  let lose;
  let timer;
  let since; // when WELCOME came
  let last; // when something came last
  let isPinged;
  let asked; // for a resume, by HELLO
  let tokens = PINGS;
  let filled = 0;
  let failure = '';

  const end = ({ code, status, reason, retryAfter }) => {
    if (!lose) return;
    clearTimeout(timer);
    lose({ uri, code, status, retryAfter, reason: reason || failure, lasted: self.keepalive && Date.now() - since });
    lose = undefined;
  };

  const after = (ms, run) => {
    clearTimeout(timer);
    timer = setTimeout(run, Math.min(ms, MAX_INT));
  };

  const close = (code, why) => {
    const reason = t.say(why);
    end({ code, reason });
    try {
      socket?.close(code, reason);
    } catch {
      // not open yet: nobody is told
    }
    setTimeout(() => socket?.terminate?.(), CLOSING).unref?.();
  };

  // Keepalive (section 14). A throttled timer is late, and what has come meanwhile may wait behind it: only a ping that was not
  // answered is silence.

  const watch = (ms = self.keepalive + GRACE) => after(ms, () => {
    const left = last + self.keepalive + GRACE - Date.now();
    if (isPinged) close(4001, t.SILENT);
    else if (left > 0) watch(left);
    else self.probe();
  });

  const written = (type, map) => message([frame(type, 0, codec.encode(map))]);

  const greet = (auth) => {
    const { buffer, ...declared } = limits;
    const resume = host.resume();
    const map = { auth, resume, ...declared, catalog: host.remote?.catalog.hash, client: { name: options.name ?? 'agentsocket-js', version: options.version ?? '0.1.0' } };
    const bytes = written(HELLO, map);
    asked = !!resume;
    if (bytes.length > HANDSHAKE) return close(4505, t.TOKEN_SIZE);
    // Tokens are secrets, also for those who look at frames.
    trace?.({ out: true, size: bytes.length, bytes: written(HELLO, { ...map, auth: auth && '***', resume: resume && { ...resume, token: '***' } }) });
    return socket.send(bytes);
  };

  const greeted = (reader) => {
    must(reader.bytes[0] >> 3 === WELCOME, t.NO_WELCOME);
    const map = welcome(codec, envelope(reader, HANDSHAKE).body);
    trace?.({ out: false, size: reader.at, bytes: written(WELCOME, { ...map, token: '***' }) });
    must(asked !== (map.status === 'new'), t.STATUS);
    since = Date.now();
    self.keepalive = map.keepalive;
    // A socket that closes takes nothing any more: what it would have taken is sent again by the next connection.
    host.attach((bytes) => socket.readyState > 1 || socket.send(bytes), map);
    watch();
  };

  const self = {
    keepalive: undefined, // of WELCOME, once it has come
    lost: new Promise((resolve) => {
      lose = resolve;
    }),

    /** Closes the connection; it is lost at once, whatever the server does. */
    close,

    /** Asks the server whether it is there. */
    probe() {
      if (!self.keepalive || isPinged || !lose) return;
      isPinged = true;
      host.ack(true);
      watch(ANSWER);
    },

    /** The server has sent a ping, which is to be answered. */
    pinged() {
      const now = Date.now();
      tokens = Math.min(PINGS, tokens + (now - filled) / 500) - 1;
      filled = now;
      must(tokens >= 0, t.PINGS, 4507);
    },

    /** Breaks the connection as a failing network does. */
    cut() {
      end({ code: 1006, reason: 'cut' });
      (socket?.terminate ?? socket?.close)?.call(socket);
    },
  };

  const open = async () => {
    const [auth, headers] = await Promise.all([supplied(options.token), supplied(options.headers)]);
    if (!lose) return;
    // What browsers ignore, `ws` understands: no buffer beyond our limit, no compression (section 3.6).
    socket = new host.WebSocket(uri, [codec.token], { maxPayload: 2 * limits.message, perMessageDeflate: false, headers });
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => lose && (socket.protocol === codec.token ? greet(auth) : close(4500, t.NO_PROTOCOL));
    socket.onclose = end;
    socket.onerror = ({ message: why }) => {
      // `ws` tells the status of a refused upgrade; browsers hide it.
      failure = why;
      const status = /response: (\d+)/.exec(why);
      if (status) end({ code: 0, status: +status[1] });
    };
    socket.onmessage = ({ data }) => {
      if (!lose) return;
      last = Date.now();
      if (isPinged) watch();
      isPinged = false;
      try {
        must(data.byteLength, t.MESSAGE); // a text has no byteLength
        must(data.byteLength <= limits.message, t.MESSAGE_SIZE, 4505);
        const reader = new Reader(new Uint8Array(data));
        if (!self.keepalive) greeted(reader);
        host.receive(reader);
      } catch (error) {
        if (!error.close) {
          host.report(t.say(t.UNPROCESSED), error);
          // A frame that counts as received has no effect: what is behind it in this session is not to be trusted.
          host.detach();
          host.lose();
        }
        close(error.close ?? 4005, error.rule ?? t.INTERNAL);
      }
    };
    host.opening?.(socket, end);
  };

  after((options.connectTimeout ?? 10000) * times, () => {
    late(socket?.readyState === 1);
    close(4001, t.NO_ANSWER);
  });
  open().catch((error) => end({ code: 0, reason: `${error?.message ?? error}` }));
  return self;
}
