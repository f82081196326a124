import type { PlugIn } from './index.js';

/** Errors say what is wrong, instead of its number. */
export declare const messages: PlugIn;
