import { Reader, readable } from './bytes.js';
import { envelope, head } from './frames.js';
import { metadata, progress } from './metadata.js';
import { BYTES, PART, TEXT, WELCOME } from './numbers.js';

const NAMES = 'HELLO WELCOME ACK GOAWAY DEFINE EVENT - - INVOKE DATA TEXT BYTES ERROR INTERRUPT CREDIT PART'.split(' ');
const FIELDS = ['rx', 'tx', 'code', 'flags', 'drain', 'spread', 'text', 'alias', 'name', 'mode', 'reason', 'items'];

/** Reads a frame that the option `trace` was given, for people: its name, fields, metadata and payload. */
export function explain({ out, number, size, bytes, replayed }, codec) {
  const f = envelope(new Reader(bytes), bytes.length);
  const shown = { out, number, size, replayed: !!replayed, type: NAMES[f.type] ?? `EXTENSION ${f.type}`, stream: f.stream || undefined, end: f.end };
  if (f.type > PART) return shown;
  try {
    if (f.type <= WELCOME) return { ...shown, payload: codec.decode(f.body) };
    head(f);
    for (const field of FIELDS) if (f[field] !== undefined) shown[field] = f[field];
    if (f.metadata) shown.metadata = metadata(codec, f.metadata);
    if (shown.metadata?.[8]) shown.progress = progress(shown.metadata[8]);
    if (f.payload.length) shown.payload = f.type === TEXT ? readable(f.payload) : f.type === BYTES || f.type === PART ? f.payload : codec.decode(f.payload);
  } catch (error) {
    shown.problem = error.message; // a piece of a fragmented payload, or what cannot be read
  }
  return shown;
}
