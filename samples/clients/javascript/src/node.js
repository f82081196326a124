const LONGEST = 3600000; // ms that an answer with Retry-After may ask for

/**
 * Plug-in for `connect`, for the sockets of `ws`: the status and Retry-After of a refused upgrade count (section 3.5). Browsers hide
 * both.
 */
export function node(host) {
  const until = new Map(); // address -> when it may be tried again
  host.opening = (socket, end) => socket.on?.('unexpected-response', (request, { statusCode: status, headers }) => {
    request.destroy();
    end({ code: 0, status, retryAfter: headers['retry-after'] });
  });
  host.refused = ({ uri, retryAfter }) => {
    const seconds = Number(retryAfter);
    const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now();
    if (retryAfter && wait > 0) until.set(uri, Date.now() + Math.min(wait, LONGEST));
  };
  /** Milliseconds that are to pass before an address is tried; another one that need not wait comes first. */
  host.later = (uri, uris) => {
    const left = (one) => (until.get(one) ?? 0) - Date.now();
    if (left(uri) <= 0) return 0;
    return Math.max(1, Math.min(...uris.map(left)));
  };
}
