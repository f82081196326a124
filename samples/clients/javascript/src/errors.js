const NAMES = ('OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED'
  + ' RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'
  + ' UNAUTHENTICATED').split(' ');
['LOST', 'REFUSED', 'UNKNOWN_ALIAS', 'ASK_TIMEOUT', 'TOO_LARGE', 'SESSION_RESET'].forEach((name, i) => {
  NAMES[32 + i] = name;
});

/**
 * The one error of this package: a failed invocation, or a connection that cannot be had (protocol, section 21).
 * `mayHaveRun` says whether the action may have been carried out, at least in part.
 */
export class AgentError extends Error {
  /**
   * @param {string | number} code name of section 21, or a number; 256 and above belong to applications
   * @param {string} [message] a text that is safe to show
   * @param {object} [details] `retryable`, `mayHaveRun`, `violations`, `correlation`, `closeCode`, `cause`
   */
  constructor(code, message = '', { cause, ...details } = {}) {
    const number = typeof code === 'number' ? code : NAMES.indexOf(code);
    if (!(number > 0)) throw new TypeError(`${code} is no error code`);
    const name = NAMES[number] ?? (number > 255 ? 'APPLICATION' : 'UNKNOWN');
    const { violations = [] } = details;
    const facts = violations.slice(0, 3).map((v) => `${v.pointer} ${v.message}`).join('; ');
    super(`${name}${message && `: ${message}`}${facts && ` (${facts})`}`, { cause });
    this.name = 'AgentError';
    Object.assign(this, { retryable: false, mayHaveRun: false }, details, { code: name, number, text: message, violations });
  }
}

/** The peer broke a rule of the protocol: the connection is closed with `close` (section 22). */
export class ProtocolError extends Error {
  /** @param {string} rule @param {number} [close] */
  constructor(rule, close = 4500) {
    super(rule);
    this.close = close;
  }
}

const isMap = (value) => typeof value === 'object' && value !== null;

/** The error that an ERROR frame stands for; after a repetition the first run may have done something (section 11.3). */
export function foreign({ code, flags, text, details = {} }, repeated) {
  const { correlation, violations } = details;
  return new AgentError(repeated && code === 6 && flags & 2 ? 32 : code, text, {
    retryable: !!(flags & 1),
    mayHaveRun: !!(flags & 2) || repeated,
    violations: (Array.isArray(violations) ? violations : []).filter(isMap).slice(0, 100)
      .map(({ pointer = '', rule = '', message = '' }) => ({ pointer: `${pointer}`, rule: `${rule}`, message: `${message}` })),
    correlation: typeof correlation === 'string' ? correlation : undefined,
    foreign: true,
  });
}
