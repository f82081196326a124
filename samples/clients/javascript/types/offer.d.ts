import type { PlugIn } from './index.js';

/** `agent.offer` offers actions to the server. */
export declare const offers: PlugIn;
