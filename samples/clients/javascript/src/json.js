import { text, utf8 } from './bytes.js';
import { check } from './values.js';

const NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(\.\d+)?([eE][+-]?\d+)?/g;

const base64 = (bytes) => btoa(bytes.reduce((chars, byte) => chars + String.fromCharCode(byte), ''));

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
