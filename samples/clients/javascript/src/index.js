export { AgentError } from './errors.js';
export { json } from './json.js';
export { Agent, connect } from './whole.js';
