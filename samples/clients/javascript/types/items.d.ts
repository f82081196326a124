import type { PlugIn } from './index.js';

/** Calls take the option `items`. */
export declare const items: PlugIn;
