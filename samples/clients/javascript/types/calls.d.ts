import type { Agent as Whole, AgentOptions } from './index.js';

export { AgentError, json } from './index.js';
export type * from './index.js';

/** An agent that calls, and does nothing else. */
export type Agent = Omit<Whole, 'catalog' | 'find' | 'describe' | 'actions' | 'publish' | 'events' | 'on'>;
export declare const Agent: { readonly prototype: Agent };

/** Connects, and stays connected until `close()`. */
export declare function connect(uri: string | URL | (string | URL)[], options?: Omit<AgentOptions, 'onAsk' | 'onApprove'>): Agent;
