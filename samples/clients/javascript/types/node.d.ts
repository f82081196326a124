import type { PlugIn } from './index.js';

/** Status and `Retry-After` of a refused upgrade count, where the sockets are those of `ws`. */
export declare const node: PlugIn;
