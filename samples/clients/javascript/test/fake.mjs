import { Reader, utf8, uvarint } from '../src/bytes.js';
import { envelope, fields, frame, head, message } from '../src/frames.js';
import { json } from '../src/json.js';
import { metadata } from '../src/metadata.js';
import { ACK, DATA, INVOKE, WELCOME } from '../src/numbers.js';

export { fields, frame, message };

/** A server in this process: it has the class of its sockets, and tells of everything that clients do. */
export class FakeServer {
  connections = [];
  #waiting = [];

  constructor({ codec = json } = {}) {
    this.codec = codec;
    const server = this;
    this.WebSocket = class {
      constructor(uri, protocols) {
        const connection = new FakeConnection(server, this, uri, protocols);
        server.connections.push(connection);
        const waiting = server.#waiting.shift();
        if (waiting) waiting(connection);
        else server.#unseen.push(connection);
      }

      send(bytes) {
        this.peer.received(bytes);
      }

      close(code, reason) {
        this.peer.closed({ code, reason });
      }
    };
  }

  #unseen = [];

  /** The next connection of a client, not accepted yet. */
  next() {
    const seen = this.#unseen.shift();
    return seen ? Promise.resolve(seen) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Accepts the next connection, answers HELLO, and gives it. */
  async welcome(map) {
    const connection = await this.next();
    connection.accept();
    await connection.frame();
    connection.welcome(map);
    return connection;
  }
}

/** The server's end of a connection. */
export class FakeConnection {
  hello;
  #frames = [];
  #waiting = [];
  #close;
  number = 0; // of the client's frames

  constructor(server, socket, uri, protocols) {
    Object.assign(this, { server, socket, uri, protocols, codec: server.codec });
    socket.peer = this;
    this.close = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  accept(protocol = this.protocols[0]) {
    this.socket.protocol = protocol;
    this.socket.readyState = 1;
    this.socket.onopen?.({});
  }

  welcome(map = {}) {
    this.send(frame(WELCOME, 0, this.codec.encode({ status: 'new', session: 's', token: 't', log: 'l', ...map })));
  }

  send(...frames) {
    this.raw(message(frames));
  }

  raw(bytes) {
    const data = typeof bytes === 'string' ? bytes : bytes.slice().buffer;
    this.socket.onmessage?.({ data });
  }

  drop(code = 1006, reason = '') {
    this.socket.onclose?.({ code, reason });
  }

  item(stream, value, end = false) {
    this.send(frame(DATA, stream, this.codec.encode(value), { end }));
  }

  invoke(stream, name, args, { meta, end = true } = {}) {
    const bytes = utf8(name);
    const body = Uint8Array.from([...uvarint(bytes.length * 2 + 1), ...bytes, ...this.codec.encode(args)]);
    this.send(frame(INVOKE, stream, body, { end, metadata: meta && this.codec.encode(meta, true) }));
  }

  ack(rx = this.number) {
    this.send(fields(ACK, 0, [rx]));
  }

  received(bytes) {
    const reader = new Reader(bytes);
    do {
      const f = envelope(reader, 1 << 20);
      if (f.type > 3) f.number = ++this.number;
      if (f.type < 2) f.map = this.codec.decode(f.body);
      else {
        f.meta = metadata(this.codec, f.metadata);
        head(f);
      }
      if (f.type === 0) this.hello = f.map;
      const waiting = this.#waiting.findIndex(({ wanted }) => wanted(f));
      if (waiting >= 0) {
        this.#frames = [];
        this.#waiting.splice(waiting, 1)[0].resolve(f);
      } else this.#frames.push(f);
    } while (reader.left);
  }

  closed(how) {
    this.#close(how);
  }

  /** The next frame of a type (any by default); those before it are dropped. */
  frame(type, stream) {
    const wanted = (f) => (type === undefined || f.type === type) && (stream === undefined || f.stream === stream);
    const at = this.#frames.findIndex(wanted);
    if (at >= 0) return Promise.resolve(this.#frames.splice(0, at + 1).at(-1));
    this.#frames = [];
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** Frames that nobody has taken. */
  get unread() {
    return this.#frames;
  }

  payload(f) {
    return f.payload.length ? this.codec.decode(f.payload) : undefined;
  }
}
