/** Values of cases: short forms, equality, expectations (docs/conformance.md, "Values"). */

export const pattern = (size) => Uint8Array.from({ length: size }, (_, i) => i % 251);
export const hex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const digits = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const FORMS = {
  $repeat: ({ $repeat, times }) => $repeat.repeat(times),
  $range: ({ $range: [from, to] }) => Array.from({ length: to - from + 1 }, (_, i) => from + i),
  $list: ({ $list }) => Array.from({ length: $list }, (_, i) => i + 1),
  $nest: ({ $nest }) => {
    let value = [];
    for (let i = 0; i < $nest; i++) value = [value];
    return value;
  },
  $bytes: ({ $bytes }) => hex($bytes),
  $pattern: ({ $pattern }) => pattern($pattern),
};

/** Replaces the short forms, at any depth; those of expectations stay. */
export function expand(value) {
  if (Array.isArray(value)) return value.map(expand);
  if (!isMap(value)) return value;
  const form = Object.keys(FORMS).find((key) => key in value);
  if (form) return FORMS[form](value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}

/** Replaces `${name}` in all texts; a text that is exactly `"${i}"` becomes the number. */
export function substitute(value, names) {
  if (typeof value === 'string') {
    if (value === '${i}' && 'i' in names) return names.i;
    return value.replace(/\$\{(\w+)\}/g, (all, name) => (name in names ? String(names[name]) : all));
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, names));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, names)]));
}

/** Whether a value is what is expected. `exact`: a map has no other members. */
export function matches(actual, expected, exact = true) {
  if (expected instanceof Uint8Array) {
    if (typeof actual === 'string') return actual === base64(expected);
    return actual instanceof Uint8Array && digits(actual) === digits(expected);
  }
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length && expected.every((item, i) => matches(actual[i], item, exact));
  }
  if (!isMap(expected)) return Object.is(actual, expected) || actual === expected;
  if ('$any' in expected) return actual !== undefined;
  if ('$in' in expected) return expected.$in.some((one) => matches(actual, one, exact));
  if ('$has' in expected) return matches(actual, expected.$has, false);
  return isMap(actual) && Object.keys(expected).every((key) => matches(actual[key], expected[key], exact))
    && (!exact || Object.keys(actual).every((key) => key in expected));
}

/** A value in one line, for the detail of a failure. */
export function shown(value) {
  const text = value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value, (key, item) => (item instanceof Uint8Array ? { $bytes: digits(item) } : item)) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
