import { Connection } from './connection.js';
import { AgentError } from './errors.js';
import { LEAVES, SUSPENDED } from './texts.js';

const random = (ms) => Math.random() * ms;
const isFinal = (code) => code > 4499 && code < 5000;

/** What a lost connection means (section 16 and 3.5): 'again', 'bounded' (again, for some time) or 'final'. */
export function verdict({ code, status }, tokenMayChange) {
  if (status > 499 || [408, 425, 429].includes(status)) return 'again';
  if (tokenMayChange && (status === 401 || code === 4501)) return 'bounded';
  if (status) return status === 404 || status < 400 ? 'bounded' : 'final';
  return code === 1009 || isFinal(code) ? 'final' : 'again';
}

/** Sees to it that there is a connection: one attempt at a time, with waits between them (section 16). */
export class Connector {
  connection;
  failure = ''; // the last reason, in one line
  #host;
  #away = Date.now(); // since when there is no connection, apart from short ones
  #lostAt = 0; // when the session lost its connection
  #greeted = false; // HELLO was sent, and not answered yet
  #refused = 0; // since when the server refuses, if it does
  #attempts = 0; // HELLOs with the present token
  #round = []; // addresses that are still to be tried before the next wait
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
    for (let wait = 0; ;) {
      await this.#pause(wait);
      if (this.#stopped) return undefined;
      if (!this.#round.length) this.#round = this.#addresses();
      const uri = this.#round.shift();
      wait = this.#host.later?.(uri, this.uris) ?? 0;
      if (wait) continue;
      this.connection = new Connection(this.#host, uri);
      const lost = await this.connection.lost;
      this.connection = undefined;
      const final = this.#lost(lost);
      if (final) return final;
      wait = this.#wait(lost);
    }
  }

  #addresses() {
    const { uris } = this;
    return this.#host.options.uriPolicy === 'random' ? uris.map((uri) => [random(1), uri]).sort().map(([, uri]) => uri) : [...uris];
  }

  /** The `resume` of HELLO. */
  resumption() {
    this.#expire();
    const { resume } = this.#host.session;
    this.#greeted = true;
    return resume && { ...resume, attempt: ++this.#attempts };
  }

  welcomed() {
    this.#attempts = this.#refused = 0;
    this.#goAway = undefined;
    this.failure = '';
    this.#greeted = false;
    this.#round = [];
    clearTimeout(this.#timer);
  }

  /** GOAWAY of the server (section 15.1). */
  leave({ code, spread }) {
    const { connection } = this;
    const wait = random(spread);
    this.#goAway = { code, until: Date.now() + wait };
    this.#host.session.sequence.draining = true;
    clearTimeout(this.#timer);
    if (!isFinal(code)) this.#timer = setTimeout(() => connection.close(4000, LEAVES), wait);
  }

  /** Something has changed for the better: tries at once, or finds out whether the connection lives. */
  wake() {
    if (this.connection) this.connection.probe();
    else this.#skip?.();
  }

  /** Leaves, to come back with `resume()`. */
  suspend() {
    this.#suspended = true;
    this.connection?.close(4000, SUSPENDED);
  }

  resume() {
    this.#suspended = false;
    this.#skip?.();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.resume();
  }

  /** Takes note of a loss; gives the error if it was the last one. */
  #lost(lost) {
    const { session, options, refusalTimeout, tell } = this.#host;
    const { code, status, lasted, reason, uri } = lost;
    const now = Date.now();
    this.#greeted = false;
    clearTimeout(this.#timer);
    if (lasted !== undefined) {
      this.#lostAt = now;
      if (lasted > session.peer?.keepalive) this.#away = now;
      else this.#away += lasted;
    }
    session.detach();
    this.failure = `${uri}: ${status ? `status ${status}` : `close code ${code}`}${reason && `, ${reason}`}`;
    tell(lasted === undefined ? 'failed' : 'disconnected', { code, status, reason, uri });
    if (this.#stopped) return undefined;
    if (this.#goAway) this.#round = [...this.uris.filter((other) => other !== uri), uri];
    const judged = isFinal(this.#goAway?.code) ? this.#goAway : lost;
    const fate = verdict(judged, [options.token, options.headers].some((one) => typeof one === 'function'));
    if (fate === 'bounded') this.#refused ||= now;
    if (fate === 'final' || (fate === 'bounded' && now - this.#refused >= refusalTimeout)) {
      return new AgentError('UNAVAILABLE', this.failure, { closeCode: judged.code || undefined, status });
    }
    this.#host.refused?.(lost);
    this.#mismatches = code === 4003 ? this.#mismatches + 1 : 0;
    if (lost.mismatch || this.#mismatches > 1) session.lose();
    this.#expire();
    if (session.id) this.#timer = setTimeout(() => this.#expire(), Math.min(this.#lostAt + session.peer.ttl - now, 2 ** 31 - 1));
    return undefined;
  }

  /** The session is gone when its time has passed without a connection, section 16. */
  #expire() {
    const { session } = this.#host;
    if (session.id && !session.isConnected && !this.#greeted && Date.now() >= this.#lostAt + session.peer.ttl) session.lose();
  }

  #wait({ code, lasted }) {
    const goAway = this.#goAway;
    if (lasted === undefined) {
      if (this.#round.length) return 0;
    } else if (goAway) {
      this.#goAway = undefined;
      return goAway.until - Date.now(); // most of it has passed before it left
    }
    const { base = 1000, cap = 30000 } = this.#host.options.backoff ?? {};
    const share = Math.min(cap, Math.max(base, (Date.now() - this.#away) / 4));
    const asked = code === 4006 || code === 4008 ? 2000 : 0;
    // Clients that were refused together would come back together otherwise.
    return asked + random(Math.max(Math.min(asked, cap), share - asked));
  }

  async #pause(wait) {
    for (let ms = wait; !this.#stopped && (ms > 0 || this.#suspended); ms = 0) {
      let timer;
      await new Promise((resolve) => {
        this.#skip = resolve;
        if (!this.#suspended) timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
      this.#skip = undefined;
    }
  }
}
