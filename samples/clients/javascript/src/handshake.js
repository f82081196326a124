import { must } from './errors.js';
import { check, readMap } from './maps.js';
import { WELCOME_FIELD } from './texts.js';

/** Defaults of section 6. */
export const DEFAULTS = {
  window: 262144, message: 65536, frame: 16384, item: 1048576, items: 32, streams: 1024,
};
const REQUIRED = { status: -7, session: -64, token: -128, log: -64 };
const FIELDS = {
  ...REQUIRED, window: 32768, message: 8192, frame: 1024, item: 1024, items: 0, streams: 0, rx: 0, next: 1, ttl: 0, keepalive: 1000, aliases: 0, expires: 0,
};

/** Reads the body of WELCOME (section 6.2). @param {any} codec @param {Uint8Array} body */
export function welcome(codec, body) {
  const map = { ...DEFAULTS, rx: 0, next: 1, ttl: 120000, keepalive: 25000, aliases: 1024, catalog: {}, server: {}, ...readMap(codec, body, WELCOME_FIELD) };
  check(map, FIELDS, WELCOME_FIELD);
  check(map.catalog, { hash: -32, size: 0 }, WELCOME_FIELD);
  check(map.server, { name: -Infinity, version: -Infinity }, WELCOME_FIELD);
  must(/^(new|resumed|reset)$/.test(map.status) && Object.keys(REQUIRED).every((key) => key in map)
    && map.window >= 2 * map.frame && map.message >= map.frame, WELCOME_FIELD);
  return map;
}
