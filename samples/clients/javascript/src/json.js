import { text, utf8 } from './bytes.js';
import { check } from './values.js';

const NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(\.\d+)?([eE][+-]?\d+)?/g;

function base64(bytes) {
  let chars = '';
  // String.fromCharCode takes its arguments from the stack: 4,096 at a time fit everywhere.
  for (let i = 0; i < bytes.length; i += 4096) chars += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(chars);
}

/**
 * The JSON codec (section 24.2). Bytes inside of structures are base64 text.
 *
 * A decoder for HELLO, WELCOME and metadata (`exact`) puts numbers with a fraction or an exponent into an array of one, because
 * they are no integers there; a codec with integers and floats does the same with floats.
 */
export const json = {
  token: 'agentsocket.v1.json',
  encode(value) {
    // A replacer makes JSON.stringify slow: it is there only where there are bytes.
    const replacer = check(value) ? (key, of) => (of instanceof Uint8Array ? base64(of) : of) : undefined;
    return utf8(JSON.stringify(value, replacer) ?? 'null');
  },
  decode(bytes, exact) {
    let source = text(bytes);
    if (exact) source = source.replace(NUMBER, (all, fraction, exponent) => (fraction || exponent ? `[${all}]` : all));
    const value = JSON.parse(source);
    check(value);
    return value;
  },
};
