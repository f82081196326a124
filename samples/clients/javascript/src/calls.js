export { Agent, connect } from './agent.js';
export { AgentError } from './errors.js';
export { json } from './json.js';
