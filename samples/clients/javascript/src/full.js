import { connect as connectWith } from './agent.js';
import { messages } from './messages.js';
import { node } from './node.js';
import { offers } from './offers.js';
import { items } from './sending.js';

export { Agent } from './agent.js';
export { AgentError } from './errors.js';
export { json } from './json.js';

/** `connect` with all plug-ins. */
export function connect(uri, options = {}) {
  messages();
  return connectWith(uri, { ...options, use: [offers, items, node, ...(options.use ?? [])] });
}
