import { MAX_COUNTER } from './bytes.js';
import { must } from './errors.js';
import { ACK, CREDIT, ERROR, INTERRUPT, INVOKE, PART, fields } from './frames.js';
import { DISAGREE, WINDOW } from './texts.js';

const RESERVE = 4096; // bytes above the window for INTERRUPT, ERROR and CREDIT, section 12.1
const MESSAGE = 65536; // no message of ours is larger, whatever the peer takes
const HELD = 1048576; // nor do we hold more than this, whatever window the peer has
const HIGH_WATER = 262144; // queued bytes from which on producers wait

/**
 * The numbered frames of a session, both directions (sections 10 to 13): a queue with one lane for each stream, of which each
 * in turn gives a frame, and a prompt lane; what is sent and not acknowledged; what is received and not acknowledged.
 */
export class Sequence {
  tx = 0;
  acked = 0;
  held = [];
  rx = 0;
  told = 0;
  top = 0; // highest own stream that was opened
  draining = false; // no new streams on this connection
  #heldBytes = 0;
  #since = 0; // bytes received since the last ACK
  #queued = 0; // bytes in the lanes
  #lanes = new Map();
  #prompt = [];
  #assembling; // stream with PARTs that are sent while their frame is not
  #drained = [];

  /** @param {number} window bytes that this side accepts without ACK */
  constructor(window) {
    this.window = window;
  }

  /** Takes the limits that the peer has declared. */
  limit({ window, message }) {
    this.peerWindow = Math.min(window, HELD);
    this.peerMessage = Math.min(message, MESSAGE);
  }

  /** Queues a frame behind all others of its stream. */
  push(f) {
    const lane = this.#lanes.get(f.stream) ?? [];
    this.#lanes.set(f.stream, lane);
    lane.push(f);
    this.#queued += f.size;
  }

  /** Queues a frame ahead of all others, but not ahead of the INVOKE of its stream. */
  urge(f) {
    if (this.#lanes.get(f.stream)?.some(({ type }) => type === INVOKE)) this.push(f);
    else this.#prompt.push(f);
  }

  /** Drops what a stream has queued. */
  drop(stream) {
    for (const f of this.#lanes.get(stream) ?? []) this.#queued -= f.size;
    this.#lanes.delete(stream);
    if (this.#assembling === stream) this.#assembling = undefined;
    this.#wake();
  }

  /** Resolves when a producer may go on; undefined if it may. */
  room() {
    return this.#queued < HIGH_WATER ? undefined : new Promise((resolve) => this.#drained.push(resolve));
  }

  #wake() {
    if (this.#queued < HIGH_WATER) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Numbers the next frames, as many as one message and the window take. */
  take() {
    const frames = [];
    let size = 0;
    for (let f; (f = this.#next(this.peerMessage - size));) {
      this.tx++;
      this.held.push(f);
      this.#heldBytes += f.size;
      size += f.size;
      if (f.stream & 1) this.top = Math.max(this.top, f.stream);
      f.sent?.();
      frames.push(f);
    }
    this.#wake();
    return frames;
  }

  #next(space) {
    const window = this.peerWindow - this.#heldBytes;
    const fits = (f) => f.size <= Math.min(space, [INTERRUPT, ERROR, CREDIT].includes(f.type) ? window + RESERVE : window);
    if (this.#prompt.length) return fits(this.#prompt[0]) ? this.#prompt.shift() : undefined;
    let skipped = this.draining;
    for (const [stream, lane] of this.#lanes) {
      const f = lane[0];
      const opens = stream & 1 && stream > this.top;
      // One fragmented payload at a time, so that PARTs stay far below the assembly limit; ids of new streams keep their order.
      if ((opens && skipped) || (f.type === PART && (this.#assembling ?? stream) !== stream)) {
        skipped ||= opens;
        continue;
      }
      if (!fits(f)) return undefined;
      lane.shift();
      this.#queued -= f.size;
      if (f.type === PART) this.#assembling = stream;
      else if (this.#assembling === stream && f.type !== CREDIT) this.#assembling = undefined;
      // The stream goes behind the others. Stream 0 stays in front: its aliases are needed by what follows.
      if (stream || !lane.length) this.#lanes.delete(stream);
      if (lane.length) this.#lanes.set(stream, lane);
      return f;
    }
    return undefined;
  }

  /** Streams and urgent frames that wait. */
  get backlog() {
    return this.#prompt.length + this.#lanes.size;
  }

  /** Nothing is sent any more: those who wait for room go on. */
  end() {
    this.#queued = 0;
    this.#wake();
  }

  /** Counts a numbered frame of the peer. */
  received(size) {
    this.#since += size;
    must(this.#since <= this.window + RESERVE, WINDOW);
    this.rx++;
  }

  /** Whether an ACK is due at once (section 10.2). */
  get due() {
    return this.rx - this.told >= 32 || this.#since >= this.window / 4;
  }

  ack(ping) {
    this.told = this.rx;
    this.#since = 0;
    return fields(ACK, 0, [this.rx, this.tx], [], { end: ping });
  }

  /** The peer's ACK. */
  acknowledged(rx, tx = this.rx) {
    must(rx >= this.acked && rx <= this.tx && tx === this.rx, DISAGREE, 4003);
    for (const f of this.held.splice(0, rx - this.acked)) this.#heldBytes -= f.size;
    this.acked = rx;
  }

  /** What HELLO says of a session that is to be resumed. */
  get position() {
    return { rx: this.rx, tx: this.tx, first: this.acked + 1 };
  }

  /** Checks WELCOME `resumed` and gives the frames to be sent again (section 11.3). */
  resume(rx, next) {
    must(next < MAX_COUNTER, DISAGREE, 4003);
    this.acknowledged(rx, next - 1);
    this.draining = false;
    return this.held;
  }
}
