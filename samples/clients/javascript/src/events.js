import { NO_BYTES } from './bytes.js';
import { reference } from './call.js';
import { failure } from './errors.js';
import { isName } from './frames.js';
import { inbox } from './inbox.js';
import { TRACEPARENT } from './keys.js';
import { encodeMetadata } from './metadata.js';
import { EVENT } from './numbers.js';
import * as t from './texts.js';
import { charge } from './values.js';

const WAITING = 1000; // events that a reader may be behind
const MAX = 256; // names that a session can subscribe to

/** Gives a host the events of both sides (section 19). */
export function events(host) {
  const { codec } = host;
  const listeners = new Set();
  const readers = new Set();
  const told = new Map(); // names that the server has, or is being told, and whether it has answered
  let full; // whether it has no room for all names

  /** Tells the server what has changed, with as many names as it takes, the oldest first. One without as.subscribe sends what it sends. */
  const tell = async () => {
    const wanted = new Set([...listeners].flatMap(({ names }) => names));
    const remove = [...told.keys()].filter((name) => !wanted.has(name) && told.delete(name));
    const missing = [...wanted].filter((name) => !told.has(name));
    const add = missing.slice(0, MAX - told.size);
    const beyond = missing.length > add.length;
    if (beyond && !full) host.report(t.say(t.SUBSCRIPTION), failure('RESOURCE_EXHAUSTED', t.SUBSCRIPTIONS));
    full = beyond;
    for (const name of add) told.set(name, false);
    if (!add.length && !remove.length) return;
    try {
      await host.invoke('as.subscribe', { ...(add.length && { add }), ...(remove.length && { remove }) }, { idempotent: true });
    } catch (error) {
      if (!/NOT_FOUND|CANCELLED/.test(error.code)) {
        for (const name of add) told.delete(name);
        if (!error.foreign && /RESET/.test(error.code)) return tell(); // SESSION_RESET of this side: the next session lacks them
        host.report(t.say(t.SUBSCRIPTION), error);
      }
    }
    for (const name of add) if (told.has(name)) told.set(name, true);
  };

  /** Calls a listener for events of these names, of all that arrive if there are none. Gives a function that ends it. */
  const listen = (names, listener) => {
    const entry = { names, listener };
    listeners.add(entry);
    const ready = tell();
    const end = () => {
      if (listeners.delete(entry) && host.write) tell();
    };
    return Object.assign(end, { ready });
  };

  host.listen = listen;

  /** Sends an event; resolves when it is queued. */
  host.publish = async (name, payload, traceparent) => {
    if (!isName(name) || name.startsWith('as.')) throw new TypeError(`${t.say(t.BAD_NAME)} ${name}`);
    const bytes = payload === undefined ? NO_BYTES : codec.encode(payload);
    if (bytes.length > host.peer.item) throw failure('TOO_LARGE', t.EVENT_SIZE);
    for (let room; (room = host.room());) await room;
    const over = host.failure();
    if (over) throw over;
    host.put(EVENT, 0, reference(name), bytes, { metadata: encodeMetadata(codec, { [TRACEPARENT]: traceparent }) });
  };

  /** An event of the server. */
  host.event = (name, bytes) => {
    let payload;
    try {
      if (bytes.length) payload = codec.decode(bytes);
    } catch (error) {
      host.report(`${t.say(t.EVENT)} ${name}`, error);
      return;
    }
    const size = charge(host.limits, bytes, payload);
    for (const { names, listener } of [...listeners]) if (!names.length || names.includes(name)) host.tried((event) => listener(event, size), { name, payload });
  };

  /** An async iterable over events. */
  host.iterate = (names) => {
    const taken = ({ size }) => {
      host.buffered -= size;
    };
    const reader = inbox(taken, () => {
      readers.delete(reader);
      end();
      reader.items.splice(0).forEach(taken);
    });
    const end = listen(names, (value, size) => {
      if (reader.items.length < WAITING && host.buffered + size <= host.limits.buffer) {
        host.buffered += size;
        reader.push({ value, size });
      } else {
        end();
        reader.end(failure('RESOURCE_EXHAUSTED', t.EVENTS_WAIT));
      }
    });
    readers.add(reader);
    return Object.assign(reader, { ready: end.ready });
  };

  /**
   * There is a connection: tells what the server lacks. A new session knows no subscriptions; what was not answered is a call that
   * is still open, and is made again by itself, or fails.
   */
  host.renewed = (resumed) => {
    if (!resumed) told.forEach((answered, name) => answered && told.delete(name));
    tell();
  };

  /** No event comes any more. */
  host.over = (error) => {
    for (const reader of readers) reader.end(error);
    readers.clear();
    listeners.clear();
  };
}
