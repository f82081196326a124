import { messages } from './messages.js';
import { node } from './node.js';
import { offers } from './offers.js';
import { items } from './sending.js';
import { connect as connectWith } from './whole.js';

export { AgentError } from './errors.js';
export { json } from './json.js';
export { Agent } from './whole.js';

/** `connect` with all plug-ins. */
export function connect(uri, options = {}) {
  messages();
  return connectWith(uri, { ...options, use: [offers, items, node, ...(options.use ?? [])] });
}
