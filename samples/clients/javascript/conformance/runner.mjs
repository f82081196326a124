import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';
import { Player } from './player.mjs';
import { substitute } from './values.mjs';

const STEP = 90000; // ms for each step, and to close the client

const codecs = { cbor, json };

function within(ms, promise, what) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const line = (error) => String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 600);

/** Whether a case is wanted: its id, or the beginning of it with a star. */
export const wanted = (only) => ({ id }) => !only || (only.endsWith('*') ? id.startsWith(only.slice(0, -1)) : id === only);

/**
 * Plays cases with this client, in Node and in browsers.
 *
 * `post(path, body)` asks the control interface, `unhandled` holds what was rejected and nobody has caught, `player` are further
 * options of the player, such as the class of sockets.
 */
export class Runner {
  unhandled;

  constructor({ post, player }) {
    Object.assign(this, { post, player });
  }

  /** Plays one round; gives its outcome, and whether there is another one. */
  async #round(one, codec, round) {
    const run = await this.post('/runs', { case: one.id, codec, round, client: 'javascript' });
    if (run.skip) return { outcome: 'skipped', detail: run.skip };
    let player;
    let failure;
    let at = 0;
    this.unhandled = undefined;
    try {
      player = new Player({
        ...this.player, uri: this.player?.address?.(run.uri) ?? run.uri, codec: codecs[codec], client: one.client,
        control: (command) => this.post(`/runs/${run.run}/do`, command),
      });
      for (const step of substitute(one.steps, { run: run.run, round })) {
        at++;
        await within(STEP, player.play(step), 'the step');
        if (this.unhandled) throw new Error(`unhandled: ${line(this.unhandled)}`);
      }
    } catch (error) {
      failure = `step ${at} ${one.steps[at - 1]?.step ?? ''}: ${line(error)}`;
    }
    try {
      await within(STEP, player?.close(), 'closing');
    } catch (error) {
      failure ??= line(error);
    }
    const end = await this.post(`/runs/${run.run}/end`, { passed: !failure, detail: failure });
    const details = [failure && round ? `round ${round}, ${failure}` : failure, player?.detail, end.detail !== failure && end.detail];
    return { outcome: failure || !end.passed ? 'failed' : 'passed', detail: details.filter(Boolean).join('; '), more: end.more };
  }

  /** Plays a case in a codec; gives the line of the report. */
  async play(one, codec) {
    let result;
    let round = 0;
    try {
      do result = await this.#round(one, codec, round++);
      while (result.outcome === 'passed' && result.more);
    } catch (error) {
      result = { outcome: 'failed', detail: line(error) };
    }
    return { case: one.id, codec, outcome: result.outcome, detail: result.detail };
  }
}
