import { MAX_INT } from './numbers.js';

/** Milliseconds between two renewals at least, whatever the server says. */
const LEAST = 1000;

/**
 * Shows the server another token before the one that it knows expires (section 17.5), where `token` is a function. If that does not
 * work out, the server closes the connection in time, and the next one has another token.
 */
export function renewal(host) {
  const { token } = host.options;
  let timer;
  let left = new AbortController(); // aborted with the connection
  const renew = async () => {
    const { signal } = left;
    try {
      const next = await token();
      if (next && !signal.aborted) known((await host.invoke('as.authenticate', { token: next }, { idempotent: false, signal }))?.expires);
    } catch {
      // the present token stays until it expires
    }
  };
  const known = (expires) => {
    // Between 70 and 90 % of its time: agents that began together do not come together.
    if (expires > 0 && !left.signal.aborted) timer = setTimeout(renew, Math.min(MAX_INT, Math.max(LEAST, expires * (0.7 + Math.random() / 5))));
  };
  /** A connection has been welcomed; without a time it is gone, or its token does not expire. */
  host.expires = (ms) => {
    clearTimeout(timer);
    left.abort();
    left = new AbortController();
    if (typeof token === 'function') known(ms);
  };
}
