import { WebSocketServer } from 'ws';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';
import { FakeConnection, fields, frame } from './fake.mjs';
import { BYTES, DATA, ERROR, GOAWAY, INTERRUPT, INVOKE, TEXT } from '../src/numbers.js';

const RESERVED = { 2: 'as.find', 3: 'as.describe', 5: 'as.subscribe' };
const utf8 = (text) => new TextEncoder().encode(text);

/**
 * A small server on a port of loopback: `actions` are `name -> { descriptor, run(call) }`, where a call has `args`, `value(v)`,
 * `item(v)`, `text(t)`, `end()`, `error(code, text, flags)`, `progress(...)`, `ask(alias, args)` and `interrupted`.
 */
export async function startServer(actions, { token } = {}) {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (offered) => [...offered][0] });
  await new Promise((resolve) => sockets.once('listening', resolve));
  const server = { uri: `ws://127.0.0.1:${sockets.address().port}/agentsocket`, connections: [], interrupted: [], ended: 0, hash: 'h' };
  sockets.on('connection', (socket) => {
    const codec = socket.protocol === cbor.token ? cbor : json;
    const end = { onmessage: ({ data }) => socket.send(data), onclose: () => socket.terminate(), onopen() {} };
    const connection = new FakeConnection({ codec }, end, '', [socket.protocol]);
    server.connections.push(connection);
    socket.on('message', (bytes) => connection.received(new Uint8Array(bytes)));
    socket.on('error', () => {});
    serve(connection, socket, actions, server, token);
  });
  server.close = () => {
    for (const socket of sockets.clients) socket.terminate();
    return new Promise((resolve) => sockets.close(resolve));
  };
  return server;
}

async function serve(connection, socket, actions, server, token) {
  const { map } = await connection.frame();
  if (token && map.auth !== token) return socket.close(4501, 'no valid token');
  connection.welcome({ status: map.resume ? 'reset' : 'new', ttl: server.ttl, catalog: { hash: server.hash, size: Object.keys(actions).length } });
  let next = 2;
  const answers = new Map(); // own streams
  const interrupts = new Map();
  const descriptor = ([name, { descriptor: more }]) => ({ name, input: { type: 'object' }, ...more });
  for (;;) {
    const f = await connection.frame();
    if (f.type === GOAWAY) {
      server.ended++;
      return socket.close(1000);
    }
    if (f.type > 3) connection.ack();
    if (f.type === INTERRUPT) {
      server.interrupted.push(f.stream);
      interrupts.get(f.stream)?.();
      connection.send(fields(ERROR, f.stream, [1, 2]));
    }
    if (f.stream % 2 === 0 && (f.type === DATA || f.type === ERROR)) answers.get(f.stream)?.(f.type === DATA ? connection.payload(f) : undefined);
    if (f.type !== INVOKE) continue;
    const { stream } = f;
    const name = f.name ?? RESERVED[f.alias];
    const args = connection.payload(f) ?? {};
    const entries = Object.entries(actions);
    if (name === 'as.find') connection.item(stream, { actions: entries.map(descriptor).map(({ input, output, ...summary }) => summary), total: entries.length }, true);
    else if (name === 'as.describe') connection.item(stream, { actions: entries.filter(([one]) => args.names.includes(one)).map(descriptor), unknown: [] }, true);
    else if (name === 'as.subscribe') connection.item(stream, { events: args.add ?? [] }, true);
    else if (!actions[name]) connection.send(fields(ERROR, stream, [5, 0], utf8('There is no such action')));
    else {
      actions[name].run({
        args, meta: f.meta,
        interrupted: new Promise((resolve) => interrupts.set(stream, resolve)),
        value: (value) => connection.item(stream, value, true),
        item: (value) => connection.item(stream, value),
        text: (text) => connection.send(frame(TEXT, stream, utf8(text))),
        bytes: (bytes) => connection.send(frame(BYTES, stream, bytes, { end: true })),
        end: () => connection.send(frame(DATA, stream, utf8(''), { end: true })),
        error: (code, text, flags = 2, details) => connection.send(fields(ERROR, stream, [code, flags], utf8(text), { metadata: details && connection.codec.encode({ 9: details }, true) })),
        progress: (...report) => connection.send(frame(DATA, stream, utf8(''), { metadata: connection.codec.encode({ 8: report }, true) })),
        ask(alias, asked) {
          const own = next;
          next += 2;
          connection.send(fields(INVOKE, own, [alias * 2], connection.codec.encode(asked), { end: true, metadata: connection.codec.encode({ 1: stream, 11: 1 }, true) }));
          return new Promise((resolve) => answers.set(own, resolve));
        },
      });
    }
  }
}
