/** The same with all plug-ins: `offers`, `items`, `node`, `messages`. */
export * from './index.js';
