import { MAX_COUNTER, MAX_INT, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { HELLO, frame } from './frames.js';
import { isMap } from './values.js';

/** Defaults of section 6. */
export const DEFAULTS = {
  window: 262144, message: 65536, frame: 16384, item: 1048576, items: 32, streams: 1024,
};
const WELCOME_DEFAULTS = { ...DEFAULTS, rx: 0, next: 1, ttl: 120000, keepalive: 25000, aliases: 1024 };

const text = (max = Infinity) => (value) => typeof value === 'string' && utf8(value).length <= max;
const int = (min = 0, max = MAX_INT) => (value) => Number.isInteger(value) && value >= min && value <= max;
const FIELDS = {
  status: (value) => ['new', 'resumed', 'reset'].includes(value),
  session: text(64),
  token: text(128),
  log: text(64),
  rx: int(0, MAX_COUNTER),
  next: int(1, MAX_COUNTER),
  ttl: int(),
  keepalive: int(1000),
  window: int(32768),
  message: int(8192),
  frame: int(1024),
  item: int(1024),
  items: int(0, MAX_COUNTER),
  streams: int(),
  aliases: int(),
  catalog: (value) => isMap(value) && optional(value, { hash: text(32), size: int() }),
  server: (value) => isMap(value) && optional(value, { name: text(), version: text() }),
};

const optional = (map, checks) => Object.keys(checks).every((key) => map[key] === undefined || checks[key](map[key]));

/**
 * The HELLO frame.
 *
 * @param {any} codec
 * @param {object} map its keys; what is a default or undefined is left out
 */
export function hello(codec, map) {
  const sent = Object.fromEntries(Object.entries(map).filter(([key, value]) => value !== undefined && value !== DEFAULTS[key]));
  return frame(HELLO, 0, codec.encode(sent));
}

/** Reads the body of WELCOME (section 6.2). @param {any} codec @param {Uint8Array} body */
export function welcome(codec, body) {
  let map;
  try {
    map = codec.decode(body, true);
  } catch {
    // falls through: undecodable is no map
  }
  if (!isMap(map)) throw new ProtocolError('WELCOME cannot be read');
  for (const key of ['status', 'session', 'token', 'log']) {
    if (map[key] === undefined) throw new ProtocolError(`WELCOME has no ${key}`);
  }
  for (const key of Object.keys(FIELDS)) {
    if (map[key] !== undefined && !FIELDS[key](map[key])) throw new ProtocolError(`WELCOME has a bad ${key}`);
  }
  const all = { ...WELCOME_DEFAULTS, ...map };
  if (all.window < 2 * all.frame || all.message < all.frame) throw new ProtocolError('WELCOME has limits that contradict each other');
  return all;
}
