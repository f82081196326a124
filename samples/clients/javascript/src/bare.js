import { must } from './errors.js';
import { fields } from './frames.js';
import { ERROR, INVOKE, PART } from './numbers.js';
import { REFUSED_STREAMS, REOPENED, WRONG_STREAM } from './texts.js';

/** Streams of the server where none may be opened: each is refused (section 9.7). */
export function refusing(host) {
  let top = 0;
  return {
    frame({ type, stream }) {
      if (stream > top) {
        must(type !== PART, REFUSED_STREAMS, 4505); // it would have to be remembered
        must(type === INVOKE, WRONG_STREAM);
        top = stream;
        host.push(fields(ERROR, stream, [8, 1]));
      } else must(type !== INVOKE, REOPENED);
    },
    reset() {
      top = 0;
    },
  };
}
