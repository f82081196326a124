import { explain } from './client/trace.js';
import { $, atEnd, copy, el, show, size } from './dom.js';

const KEPT = 2000; // frames that can be copied
const BYTES = 8388608; // bytes of them: a frame may have 16 KiB
const SHOWN = 200; // rows; more make the page slow and nobody reads them
const EACH = 120; // ms between two pictures of the list
const CONTROL = ['ACK', 'CREDIT'];
const SUMMARY = 120; // characters of a payload in a row
const ACK = 2;

/** The log of the frames of both directions: bounded, and drawn a few times a second however many come. */
export class Frames {
  codec;
  lastOut = 0;
  lastIn = 0;
  acknowledged = 0; // number up to which the server has what was sent
  #kept = [];
  #bytes = 0; // of what is kept
  #rows = []; // entries that have a row
  #next = 0; // id of the next entry
  #drawn = 0; // id of the first entry that was not drawn
  #totals = { out: [0, 0], in: [0, 0] };
  #timer;
  #follow = true; // until the person scrolls up; a box that only gets smaller does not count

  constructor() {
    $('frames-scroll').addEventListener('scroll', ({ target }) => {
      this.#follow = atEnd(target);
    });
    $('frames-control').addEventListener('change', () => this.redraw());
    $('frames-paused').addEventListener('change', () => this.#schedule());
    $('frames-clear').addEventListener('click', () => {
      this.#kept = [];
      this.#bytes = 0;
      this.redraw();
    });
    $('frames-copy').addEventListener('click', ({ target }) => copy(this.lines().join('\n'), target));
  }

  /** Takes a frame; does little, since there may be thousands a second. */
  take(frame) {
    const [count, bytes] = this.#totals[frame.out ? 'out' : 'in'];
    this.#totals[frame.out ? 'out' : 'in'] = [count + 1, bytes + frame.size];
    if (frame.number) {
      if (frame.out) this.lastOut = Math.max(this.lastOut, frame.number);
      else this.lastIn = frame.number;
    }
    const entry = { id: this.#next++, time: Date.now(), frame, codec: this.codec };
    if (!frame.out && frame.bytes[0] >> 3 === ACK) this.acknowledged = Math.max(this.acknowledged, this.#explained(entry).rx ?? 0);
    this.#keep(entry, frame.size);
  }

  #keep(entry, bytes) {
    entry.bytes = bytes;
    this.#kept.push(entry);
    this.#bytes += bytes;
    // Half of it goes at once: one by one would move all that is left each time.
    if (this.#kept.length > 2 * KEPT || this.#bytes > BYTES) {
      this.#kept = this.#kept.slice(-Math.min(KEPT, Math.ceil(this.#kept.length / 2)));
      this.#bytes = this.#kept.reduce((sum, one) => sum + one.bytes, 0);
    }
    this.#schedule();
  }

  /** The latest frames as lines of JSON. */
  lines() {
    return this.#kept.slice(-KEPT).map((entry) => show(this.#explained(entry)));
  }

  /** A new session begins to count anew. */
  renew() {
    this.lastOut = this.lastIn = this.acknowledged = 0;
    for (const entry of this.#kept) entry.past = true;
  }

  /** A line in the log, such as of a cut. */
  note(text, kind) {
    this.#keep({ id: this.#next++, time: Date.now(), text, kind }, text.length);
  }

  redraw() {
    $('frames').replaceChildren();
    this.#rows = [];
    this.#drawn = 0;
    this.#schedule();
  }

  #explained(entry) {
    return (entry.explained ??= entry.text === undefined ? explain(entry.frame, entry.codec) : { note: entry.text });
  }

  #schedule() {
    this.#timer ??= setTimeout(() => requestAnimationFrame(() => {
      this.#timer = undefined;
      this.#draw();
    }), EACH);
  }

  #draw() {
    const { out, in: received } = this.#totals;
    $('frame-totals').textContent = `sent ${out[0]} · ${size(out[1])}   received ${received[0]} · ${size(received[1])}   acknowledged ${this.acknowledged} of ${this.lastOut}`;
    if ($('frames-paused').checked) return;
    const list = $('frames');
    const box = $('frames-scroll');
    const control = $('frames-control').checked;
    const added = this.#kept.slice(-3 * SHOWN).filter((entry) => entry.id >= this.#drawn && (control || entry.kind || !CONTROL.includes(this.#explained(entry).type))).slice(-SHOWN);
    this.#drawn = this.#next;
    for (const entry of added) {
      entry.row = this.#row(entry);
      list.append(entry.row);
      this.#rows.push(entry);
    }
    for (const entry of this.#rows.splice(0, Math.max(0, this.#rows.length - SHOWN))) {
      entry.row.remove();
      entry.row = undefined;
    }
    for (const entry of this.#rows) {
      if (!entry.acked && entry.mark && !entry.past && entry.frame.number <= this.acknowledged) {
        entry.acked = true;
        entry.mark.textContent = '✓';
        entry.mark.title = 'acknowledged';
        entry.mark.setAttribute('aria-label', 'acknowledged');
      }
    }
    if (this.#follow) box.scrollTop = box.scrollHeight;
  }

  #row(entry) {
    if (entry.text !== undefined) return el('li', { className: `note ${entry.kind}` }, entry.text);
    const { out, number, type, stream, replayed, end, ...rest } = this.#explained(entry);
    const text = rest.payload === undefined ? fields(rest) : show(rest.payload);
    const mark = out && number ? el('span', { className: 'ack', role: 'img', aria: { label: 'not acknowledged' } }, '·') : el('span', { className: 'ack' });
    if (out && number) entry.mark = mark;
    const detail = el('pre', { className: 'code', hidden: true });
    const open = el('button', {
      type: 'button', className: 'frame', aria: { expanded: 'false' },
      on: {
        click: () => {
          detail.hidden = !detail.hidden;
          if (!detail.hidden) detail.textContent = show(this.#explained(entry), 2);
          open.setAttribute('aria-expanded', String(!detail.hidden));
        },
      },
    },
    el('span', { className: 'way', role: 'img', aria: { label: out ? 'sent' : 'received' } }, out ? '↑' : '↓'),
    el('span', { className: 'number' }, number ? String(number) : ''),
    el('span', { className: 'kind' }, String(type), end ? el('span', { className: 'flag', title: 'last of its direction' }, ' end') : '', replayed && el('span', { className: 'again' }, ' again')),
    el('span', { className: 'stream' }, stream ? `#${stream}` : ''),
    el('span', { className: 'payload' }, text.length > SUMMARY ? `${text.slice(0, SUMMARY)}…` : text),
    el('span', { className: 'bytes' }, String(entry.frame.size)),
    mark);
    return el('li', { className: out ? 'out' : 'in', data: { type: String(type) } }, open, detail);
  }
}

function fields(frame) {
  return ['name', 'alias', 'rx', 'tx', 'items', 'code', 'mode', 'reason', 'text'].filter((field) => frame[field] !== undefined && frame[field] !== '').map((field) => `${field} ${frame[field]}`).join(' ');
}
