import type { Action } from './index.js';

/** Answers 202 at once; items and end are pushed. */
export function detached<Env = unknown>(action: Action<Env>): Action<Env>;
