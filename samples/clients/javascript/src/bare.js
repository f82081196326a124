import { must } from './errors.js';
import { ERROR, INVOKE, PART, fields } from './frames.js';
import { REFUSED_STREAMS, REOPENED, WRONG_STREAM } from './texts.js';

/** The server's actions, for those who call them by their names: nothing is kept, and no answer of the server is needed. */
export const bare = { catalog: {}, alias() {}, name: () => '', unbind() {}, reset() {}, welcomed() {}, define() {}, twice: async () => [] };

/** Streams of the server where none may be opened: each is refused (section 9.7). */
export class Refusing {
  #top = 0;

  constructor(session) {
    this.session = session;
  }

  frame({ type, stream }) {
    if (stream > this.#top) {
      must(type !== PART, REFUSED_STREAMS, 4505); // it would have to be remembered
      must(type === INVOKE, WRONG_STREAM);
      this.#top = stream;
      this.session.push([fields(ERROR, stream, [8, 1])]);
    } else must(type !== INVOKE, REOPENED);
  }

  reset() {
    this.#top = 0;
  }
}
