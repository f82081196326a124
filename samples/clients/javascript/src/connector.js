import { connection } from './connection.js';
import { AgentError } from './errors.js';
import { LEAVING, MAX_INT, SPREAD } from './numbers.js';
import { LEAVES, SUSPENDED, say } from './texts.js';

const random = (ms) => Math.random() * ms;
const isFinal = (code) => code >= 4500 && code < 5000;

/** What a lost connection means (section 16 and 3.5): 'again', 'bounded' (again, for some time) or 'final'. */
export function verdict({ code, status }, tokenMayChange) {
  if (status > 499 || [408, 425, 429].includes(status)) return 'again';
  if (tokenMayChange && (status === 401 || code === 4501)) return 'bounded';
  if (status) return status === 404 || status < 400 ? 'bounded' : 'final';
  return code === 1009 || isFinal(code) ? 'final' : 'again';
}

/** Sees to it that a host has a connection: one attempt at a time, with waits between them (section 16). */
export function connector(host, uris) {
  const { options } = host;
  let away = Date.now(); // since when there is no connection, apart from short ones
  let lostAt = 0; // when the session lost its connection
  let greeted; // HELLO was sent, and not answered yet
  let refused = 0; // since when the server refuses, if it does
  let attempts = 0; // HELLOs with the present token
  let round = []; // addresses that are still to be tried before the next wait
  let mismatches = 0;
  let late = {}; // attempts by address that it has not answered in time, since the latest connection
  let goAway;
  let timer;
  let skip; // ends the wait
  let stopped;
  let suspended;

  /** The session is gone when its time has passed without a connection, section 16. */
  const expire = () => {
    if (host.id && !host.write && !greeted && Date.now() >= lostAt + host.peer.ttl) host.lose();
  };

  /** Takes note of a loss; gives the error if it was the last one. */
  const lost = (loss) => {
    const { code, status, lasted, reason, uri } = loss;
    const now = Date.now();
    greeted = false;
    clearTimeout(timer);
    if (lasted !== undefined) {
      lostAt = now;
      away = lasted > host.peer?.keepalive ? now : away + lasted;
    }
    host.detach();
    self.failure = `${uri}: ${status ? 'status' : 'close code'} ${status ?? code}${reason && `, ${reason}`}`;
    host.tell(lasted === undefined ? 'failed' : 'disconnected', { code, status, reason, uri });
    if (stopped) return undefined;
    if (goAway) round = uris.filter((other) => other !== uri);
    const judged = isFinal(goAway?.code) ? goAway : loss;
    const fate = verdict(judged, [options.token, options.headers].some((one) => typeof one === 'function'));
    if (fate === 'bounded') refused ||= now;
    if (fate === 'final' || (fate === 'bounded' && now - refused >= (options.refusalTimeout ?? 120000))) {
      return new AgentError('UNAVAILABLE', self.failure, { closeCode: judged.code || undefined, status });
    }
    host.refused?.(loss);
    mismatches = code === 4003 ? mismatches + 1 : 0;
    if (mismatches > 1) host.lose();
    expire();
    if (host.id) timer = setTimeout(expire, Math.min(lostAt + host.peer.ttl - now, MAX_INT));
    return undefined;
  };

  /** Milliseconds until the next attempt. */
  const pauseAfter = ({ code, lasted }) => {
    const asked = code === 4006 || code === 4008 ? 2000 : 0;
    const { base = 1000, first = Math.min(base, 250), cap = 30000 } = options.backoff ?? {};
    const left = goAway?.left;
    goAway = undefined;
    if (left) {
      if (lasted > base) return 0; // it has waited before it left; a server that says GOAWAY to each connection is not met without a pause
    } else if (lasted === undefined && round.length) return 0;
    const share = Math.min(cap, Math.max((Date.now() - away) / 4, lasted > base ? first : base));
    // Clients that were refused together would come back together otherwise.
    return asked + random(Math.max(Math.min(asked, cap), share - asked));
  };

  const pause = async (wait) => {
    for (let ms = wait; !stopped && (ms > 0 || suspended); ms = 0) {
      let waiting;
      await new Promise((resolve) => {
        skip = resolve;
        if (!suspended) waiting = setTimeout(resolve, ms);
      });
      clearTimeout(waiting);
      skip = undefined;
    }
  };

  const self = {
    connection: undefined,
    failure: '', // the last reason, in one line

    async run() {
      for (let wait = 0; ;) {
        await pause(wait);
        if (stopped) return undefined;
        if (!round.length) round = [...uris];
        const [uri] = round.splice(options.uriPolicy === 'random' ? random(round.length) : 0, 1);
        wait = host.later?.(uri, uris) ?? 0;
        if (wait) continue;
        // A server that has too much to do works for each attempt, and for nobody if all give up before it is done.
        const count = late[uri] ?? 0;
        self.connection = connection(host, uri, [1, 1, 2][count] ?? 4, (upgraded) => {
          late[uri] = count + (upgraded || uris.length < 2);
        });
        const loss = await self.connection.lost;
        self.connection = undefined;
        const final = lost(loss);
        if (final) return final;
        wait = pauseAfter(loss);
      }
    },

    welcomed() {
      attempts = refused = 0;
      goAway = undefined;
      self.failure = '';
      greeted = false;
      round = [];
      late = {};
      clearTimeout(timer);
    },

    /** Something has changed for the better: tries at once, or finds out whether the connection lives. */
    wake() {
      if (self.connection) self.connection.probe();
      else skip?.();
    },

    /** Leaves, to come back with `resume()`. */
    suspend() {
      suspended = true;
      self.connection?.close(4000, SUSPENDED);
    },

    resume() {
      suspended = false;
      skip?.();
    },

    stop() {
      stopped = true;
      clearTimeout(timer);
      self.resume();
    },
  };

  /** The `resume` of HELLO. */
  host.resume = () => {
    expire();
    greeted = true;
    const resume = host.resumption();
    return resume && { ...resume, attempt: ++attempts };
  };

  host.pinged = () => self.connection.pinged();

  /** GOAWAY of the server (section 15.1). */
  host.leave = ({ code, drain, spread }) => {
    const leaving = self.connection;
    const leave = goAway = { code };
    self.failure = say(LEAVES);
    const go = () => {
      leave.left = true;
      leaving.close(4000, LEAVES);
    };
    host.drain(isFinal(code) || go);
    clearTimeout(timer);
    // After the last one this side finishes what it can; a server that does not close in time does not close.
    const wait = isFinal(code) ? Math.min(drain + LEAVING, MAX_INT) : random(Math.min(spread, drain || SPREAD, SPREAD));
    timer = setTimeout(go, wait);
  };
  return self;
}
