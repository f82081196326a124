import { NO_CODE, say } from './texts.js';

// By number: 0 to 16, then 32 to 37 (section 21).
const NAMES = ('OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED'
  + ' RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'
  + ' UNAUTHENTICATED                LOST REFUSED UNKNOWN_ALIAS ASK_TIMEOUT TOO_LARGE SESSION_RESET').split(' ');

/**
 * The one error of this package: a failed invocation, or a connection that cannot be had (protocol, section 21).
 * `mayHaveRun` says whether the action may have been carried out, at least in part.
 */
export class AgentError extends Error {
  /**
   * @param {string | number} code name of section 21, or a number; 256 and above belong to applications
   * @param {string} [text] what is safe to show
   * @param {object} [details] `retryable`, `mayHaveRun`, `violations`, `correlation`, `closeCode`, `cause`
   */
  constructor(code, text = '', { cause, violations = [], ...details } = {}) {
    const number = typeof code === 'string' ? NAMES.indexOf(code) : code;
    if (!(number > 0)) throw new TypeError(`${say(NO_CODE)} ${code}`);
    const name = NAMES[number] || (number > 255 ? 'APPLICATION' : 'UNKNOWN');
    super([name, text, ...violations.slice(0, 3).map(({ pointer, message }) => `${pointer} ${message}`)].filter(Boolean).join(': '), { cause });
    this.name = 'AgentError';
    Object.assign(this, { retryable: false, mayHaveRun: false }, details, { code: name, number, text, violations });
  }
}

/** An error of this side. @param {string | number} code @param {number} text number of its text */
export const failure = (code, text, details) => new AgentError(code, say(text), details);

/** Throws if something is not so: the peer broke a rule, and the connection is closed with `close` (section 22). @param {any} so @param {number} rule number of its text @param {number} [close] */
export function must(so, rule, close = 4500) {
  if (!so) throw Object.assign(Error(say(rule)), { rule, close });
}

/** The error that an ERROR frame stands for; after a repetition the first run may have done something (section 11.3). */
export function foreign({ code, flags, text }, { correlation, violations } = {}, repeated) {
  return new AgentError(repeated && code === 6 && flags & 2 ? 32 : code, text, {
    retryable: !!(flags & 1),
    mayHaveRun: !!(flags & 2) || repeated,
    violations: (Array.isArray(violations) ? violations : []).slice(0, 100)
      .map((v) => Object.fromEntries(['pointer', 'rule', 'message'].map((key) => [key, `${v?.[key] ?? ''}`]))),
    correlation: typeof correlation === 'string' ? correlation : undefined,
    foreign: true,
  });
}
