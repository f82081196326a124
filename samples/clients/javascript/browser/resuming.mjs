import { WebSocketServer } from 'ws';
import { json } from '../src/json.js';
import { FakeConnection, frame } from '../test/fake.mjs';
import { ACK, INVOKE } from '../src/numbers.js';

/** A server with one session, which it resumes: every call is answered by the numbers from 1 on, one for each `count()`. */
export class ResumingServer {
  closes = []; // codes of connections that are gone
  resumes = 0;
  pings = 0;
  keepalive = 25000; // ms, of connections that are resumed
  #log = []; // frames of the server that have a number
  #received = 0;
  #told = [];
  #stream;
  #counted = 0;

  async start() {
    this.sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (offered) => [...offered][0] });
    await new Promise((resolve) => this.sockets.once('listening', resolve));
    this.uri = `ws://127.0.0.1:${this.sockets.address().port}/agentsocket`;
    this.sockets.on('connection', (socket) => this.#serve(socket));
    return this;
  }

  async #serve(socket) {
    const end = { onmessage: ({ data }) => socket.send(data), onclose: () => socket.terminate(), onopen() {} };
    const connection = new FakeConnection({ codec: json }, end, '', [socket.protocol]);
    socket.on('error', () => {});
    socket.on('close', (code) => {
      if (this.connection === connection) this.connection = undefined;
      this.closes.push(code);
      this.#tell();
    });
    socket.on('message', (bytes) => connection.received(new Uint8Array(bytes)));
    const { map: { resume } } = await connection.frame();
    connection.number = this.#received;
    if (resume) this.resumes++;
    connection.welcome(resume ? { status: 'resumed', rx: this.#received, next: resume.rx + 1, keepalive: this.keepalive } : {});
    this.connection = connection;
    for (const f of this.#log.slice(resume?.rx ?? 0)) connection.send(f);
    this.#tell();
    for (;;) {
      const f = await connection.frame();
      if (f.number) this.#received = f.number;
      if (f.type === INVOKE) this.#stream = f.stream;
      if (f.type === ACK && f.end) this.pings++;
      if (f.type !== ACK || f.end) connection.send(frame(ACK, 0, Uint8Array.of(this.#received)));
      this.#tell();
    }
  }

  /** Sends the next number to the caller, now or with the next connection. */
  count() {
    const f = frame(9, this.#stream, json.encode(++this.#counted));
    this.#log.push(f);
    this.connection?.send(f);
  }

  get isInvoked() {
    return this.#stream !== undefined;
  }

  #tell() {
    for (const told of [...this.#told]) told();
  }

  /** Waits until something is the case. */
  until(condition) {
    return new Promise((resolve) => {
      const told = () => {
        if (!condition(this)) return;
        this.#told = this.#told.filter((other) => other !== told);
        resolve();
      };
      this.#told.push(told);
      told();
    });
  }

  close() {
    for (const socket of this.sockets.clients) socket.terminate();
    return new Promise((resolve) => this.sockets.close(resolve));
  }
}
