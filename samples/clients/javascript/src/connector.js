import { Connection } from './connection.js';
import { AgentError } from './errors.js';

const LONGEST_RETRY = 3600000; // ms that an answer with Retry-After may ask for
const random = (ms) => Math.random() * ms;

/** What a lost connection means (section 16 and 3.5): 'again', 'bounded' (again, for some time) or 'final'. */
export function verdict({ code, status }, tokenMayChange) {
  if (status) {
    if (status === 429 || status === 408 || status === 425 || status > 499) return 'again';
    if (status === 401) return tokenMayChange ? 'bounded' : 'final';
    return status === 404 || status < 400 ? 'bounded' : 'final';
  }
  if (code === 4501 && tokenMayChange) return 'bounded';
  return code === 1009 || (code > 4499 && code < 5000) ? 'final' : 'again';
}

/** Sees to it that there is a connection: one attempt at a time, with waits between them (section 16). */
export class Connector {
  connection;
  failure; // the last reason, in one line
  #host;
  #away = Date.now(); // since when there is no connection, apart from short ones
  #lostAt = 0; // when the session lost its connection
  #refused = 0; // since when the server refuses, if it does
  #attempts = 0; // HELLOs with the present token
  #round = []; // addresses that are still to be tried before the next wait
  #later = new Map(); // address -> when it may be tried again
  #mismatches = 0;
  #goAway;
  #timer;
  #skip; // ends the wait
  #stopped = false;
  #suspended = false;

  constructor(host, uris) {
    this.#host = host;
    this.uris = uris;
  }

  async run() {
    let wait = 0;
    for (;;) {
      await this.#pause(wait);
      if (this.#stopped) return undefined;
      const uri = this.#address();
      if (uri === undefined) {
        wait = Math.max(0, Math.min(...this.#later.values()) - Date.now());
        continue;
      }
      this.connection = new Connection(this.#host, uri);
      const lost = await this.connection.lost;
      this.connection = undefined;
      const final = this.#lost(lost);
      if (final) return final;
      wait = this.#wait(lost);
    }
  }

  /** The `resume` of HELLO. */
  resumption() {
    this.#expire();
    const { resume } = this.#host.session;
    this.greeted = true;
    return resume && { ...resume, attempt: ++this.#attempts };
  }

  welcomed() {
    this.#attempts = this.#refused = 0;
    this.#goAway = this.failure = undefined;
    this.greeted = false;
    this.#round = [];
    this.#later.clear();
    clearTimeout(this.#timer);
  }

  /** GOAWAY of the server (section 15.1). */
  leave({ code, spread, text }) {
    const { connection } = this;
    this.#goAway = { code, text };
    this.#host.session.sequence.draining = true;
    clearTimeout(this.#timer);
    if (code > 4499 && code < 5000) return;
    const wait = random(spread);
    this.#goAway.until = Date.now() + wait;
    this.#timer = setTimeout(() => connection.close(4000, 'asked to leave', false), wait);
  }

  /** Something has changed for the better: tries at once, or finds out whether the connection lives. */
  wake() {
    if (this.connection) this.connection.probe();
    else this.#skip?.();
  }

  /** Leaves, to come back with `resume()`. */
  suspend() {
    this.#suspended = true;
    this.connection?.close(4000, 'suspended', false);
  }

  resume() {
    this.#suspended = false;
    this.#skip?.();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#skip?.();
  }

  #address() {
    const { uris } = this;
    const now = Date.now();
    if (!this.#round.length) {
      this.#round = this.#host.options.uriPolicy === 'random' ? uris.map((uri) => [random(1), uri]).sort().map(([, uri]) => uri) : [...uris];
    }
    this.#round = this.#round.filter((uri) => !(this.#later.get(uri) > now));
    return this.#round.shift();
  }

  /** Takes note of a loss; gives the error if it was the last one. */
  #lost(lost) {
    const { session, options, refusalTimeout } = this.#host;
    const { code, status, lasted, reason, retryAfter, uri } = lost;
    const now = Date.now();
    const connected = lasted !== undefined;
    this.greeted = false;
    clearTimeout(this.#timer);
    if (connected) {
      this.#lostAt = now;
      if (lasted > session.peer?.keepalive) this.#away = now;
      else this.#away += lasted;
    }
    session.detach();
    const what = status ? `status ${status}` : code ? `close code ${code}` : 'no connection';
    this.failure = `${uri}: ${what}${reason && `, ${reason}`}`;
    this.#host.tell(connected ? 'disconnected' : 'failed', { code, status, reason, uri });
    if (this.#stopped) return undefined;
    if (this.#goAway) this.#round = [...this.uris.filter((other) => other !== uri), uri];
    const mayChange = typeof options.token === 'function' || typeof options.headers === 'function';
    const judged = this.#goAway?.code > 4499 ? { code: this.#goAway.code } : lost;
    const fate = verdict(judged, mayChange);
    if (fate === 'bounded') this.#refused ||= now;
    if (fate === 'final' || (fate === 'bounded' && now - this.#refused >= refusalTimeout)) {
      return new AgentError('UNAVAILABLE', `No connection, ${this.failure}`, { closeCode: judged.code || undefined, status });
    }
    const seconds = Number(retryAfter);
    const until = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - now;
    if (retryAfter && until > 0) this.#later.set(uri, now + Math.min(until, LONGEST_RETRY));
    this.#mismatches = code === 4003 ? this.#mismatches + 1 : 0;
    if (lost.mismatch || this.#mismatches > 1) session.lose();
    this.#expire();
    const { ttl } = session.peer ?? {};
    if (session.id !== undefined) this.#timer = setTimeout(() => this.#expire(), this.#lostAt + ttl - now);
    return undefined;
  }

  /** The session is gone when its time has passed without a connection, section 16. */
  #expire() {
    const { session } = this.#host;
    if (session.id !== undefined && !session.isConnected && !this.greeted && Date.now() >= this.#lostAt + session.peer.ttl) session.lose();
  }

  #wait({ code, lasted }) {
    if (this.#goAway && lasted !== undefined) {
      const { until } = this.#goAway;
      this.#goAway = undefined;
      return until - Date.now(); // most of it has passed before it left
    }
    if (this.#round.length && lasted === undefined) return 0;
    const { base = 1000, cap = 30000 } = this.#host.options.backoff ?? {};
    const wait = random(Math.min(cap, Math.max(base, (Date.now() - this.#away) / 4)));
    return code === 4006 || code === 4008 ? Math.max(wait, 2000) : wait;
  }

  async #pause(ms) {
    do {
      if (!this.#stopped && (ms > 0 || this.#suspended)) {
        await new Promise((resolve) => {
          this.#skip = resolve;
          if (!this.#suspended) this.#pausing = setTimeout(resolve, ms);
        });
        clearTimeout(this.#pausing);
        this.#skip = undefined;
      }
      ms = 0;
    } while (this.#suspended && !this.#stopped);
  }

  #pausing;
}
