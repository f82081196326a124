import { must } from './errors.js';
import { envelope, fields, message } from './frames.js';
import { ACK, BACKLOG, CREDIT, ERROR, EXTENSION, GOAWAY, HIGH_WATER, INVOKE, LATE, MAX_COUNTER, PART, RESERVE } from './numbers.js';
import { fragments } from './parts.js';
import * as t from './texts.js';


/**
 * Gives a host the numbered frames of its session, both directions (sections 10 to 13): a queue with one lane for each stream, of
 * which each in turn gives a frame, and a prompt lane; what is sent and not acknowledged; what is received and not acknowledged.
 */
export function sequence(host) {
  const { limits, calls } = host;
  const drained = [];
  let tx; // highest numbers sent, acknowledged, received, told
  let acked;
  let rx;
  let told;
  let held;
  let heldBytes;
  let since; // bytes received since the last ACK
  let queued; // bytes in the lanes
  let lanes;
  let prompt;
  let assembling; // stream with PARTs that are sent while their frame is not
  let scheduled;
  let timer;

  const wake = () => {
    if (queued < HIGH_WATER) for (const resolve of drained.splice(0)) resolve();
  };

  /** The next frame to be sent, if one may be. */
  const next = (space) => {
    const window = host.peer.window - heldBytes;
    const fits = ({ size, type }) => size <= Math.min(space, type >= ERROR && type <= CREDIT ? window + RESERVE : window);
    if (prompt.length) return fits(prompt[0]) ? prompt.shift() : undefined;
    let skipped = host.draining;
    for (const [stream, lane] of lanes) {
      const [f] = lane;
      const opens = stream & 1 && stream > host.top;
      // One fragmented payload at a time, so that PARTs stay far below the assembly limit; ids of new streams keep their order.
      if ((opens && skipped) || (f.type === PART && (assembling ?? stream) !== stream)) skipped ||= opens;
      else {
        if (!fits(f)) break;
        lane.shift();
        queued -= f.size;
        if (f.type === PART) assembling = stream;
        else if (assembling === stream && f.type !== CREDIT) assembling = undefined;
        // The stream goes behind the others. Stream 0 stays in front: its aliases are needed by what follows.
        if (stream || !lane.length) lanes.delete(stream);
        if (lane.length) lanes.set(stream, lane);
        return f;
      }
    }
    return undefined;
  };

  const send = (frames, number, replayed) => {
    frames.forEach((f, i) => host.trace?.({ out: true, number: number && number + i, size: f.size, replayed, bytes: message([f]) }));
    host.write?.(message(frames));
  };

  /** Numbers and sends as many frames as the window takes. */
  const flush = () => {
    for (let frames = [1]; host.write && frames.length;) {
      const number = tx + 1;
      let size = 0;
      frames = [];
      // A frame that was made for larger messages, before a resume, goes alone: behind it nothing would ever be sent.
      for (let f; (f = next(size ? host.peer.message - size : Infinity));) {
        tx++;
        held.push(f);
        heldBytes += f.size;
        size += f.size;
        if (f.stream & 1) host.top = Math.max(host.top, f.stream);
        f.sent?.();
        frames.push(f);
      }
      wake();
      if (frames.length) send(frames, number);
    }
  };

  const schedule = () => {
    if (!scheduled && host.write) {
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        flush();
      });
    }
  };

  const acknowledged = (number, last = rx) => {
    must(number >= acked && number <= tx && last === rx, t.DISAGREE, 4003);
    for (const { size } of held.splice(0, number - acked)) heldBytes -= size;
    acked = number;
  };

  const stopTimer = () => {
    clearTimeout(timer);
    timer = undefined;
  };

  const ack = (ping) => {
    stopTimer();
    told = rx;
    since = 0;
    send([fields(ACK, 0, [rx, tx], [], { end: ping })]);
  };

  /** Queues a frame behind all others of its stream. */
  const push = (f) => {
    const lane = lanes.get(f.stream) ?? [];
    lanes.set(f.stream, lane);
    lane.push(f);
    queued += f.size;
    schedule();
  };

  host.push = push;
  host.ack = ack;
  host.flush = flush;
  host.stopTimer = stopTimer;
  host.send = send;

  /** Queues a payload with its PARTs. */
  host.put = (...parts) => {
    fragments(host.peer.frame, ...parts).forEach(push);
  };

  /** Queues a frame ahead of all others, but not ahead of the INVOKE of its stream. */
  host.urge = (f) => {
    if (lanes.get(f.stream)?.some(({ type }) => type === INVOKE)) push(f);
    else prompt.push(f);
    schedule();
  };

  /** Drops what a stream has queued. */
  host.drop = (stream) => {
    for (const { size } of lanes.get(stream) ?? []) queued -= size;
    lanes.delete(stream);
    if (assembling === stream) assembling = undefined;
    wake();
  };

  /** Resolves when a producer may go on; undefined if it may. */
  host.room = () => (queued < HIGH_WATER ? undefined : new Promise((resolve) => drained.push(resolve)));

  /** Begins anew; those who wait for room go on. */
  host.renew = () => {
    tx = acked = rx = told = since = heldBytes = queued = host.top = 0; // `top`: highest own stream that was opened
    held = [];
    prompt = [];
    lanes = new Map();
    assembling = host.draining = undefined; // `draining`: no new streams on this connection; leaves it if another one comes
    wake();
  };

  /** What HELLO says of a session that is to be resumed. */
  host.position = () => ({ rx, tx, first: acked + 1 });

  /** Checks WELCOME `resumed` (section 11.3). */
  host.resumed = (welcome) => {
    must(welcome.next < MAX_COUNTER, t.DISAGREE, 4003);
    acknowledged(welcome.rx, welcome.next - 1);
    host.draining = undefined;
  };

  /** Sends again what was not acknowledged; gives how many frames that are. */
  host.replay = () => {
    held.forEach((f, i) => send([f], acked + 1 + i, true));
    return held.length;
  };

  /** Processes the frames of a message of the server. @param {import('./bytes.js').Reader} reader */
  host.receive = (reader) => {
    let pinged;
    while (reader.left) {
      const start = reader.at;
      const f = envelope(reader, limits.frame);
      const { type, size } = f;
      if (type > GOAWAY) {
        since += size;
        must(since <= limits.window + RESERVE, t.WINDOW);
        rx++;
      }
      host.trace?.({ out: false, number: type > GOAWAY ? rx : undefined, size, bytes: reader.bytes.slice(start, reader.at) });
      if (type < EXTENSION) pinged = host.received(f) || pinged;
    }
    must(prompt.length + lanes.size <= BACKLOG + calls.size, t.TOO_MANY, 4002);
    if (!host.write) return;
    if (pinged || rx - told >= 32 || since >= limits.window / 4) ack();
    else if (rx > told) timer ??= setTimeout(ack, LATE);
  };

  /** The peer's ACK. */
  host.acknowledged = (...numbers) => {
    acknowledged(...numbers);
    schedule();
  };
  host.renew();
}
