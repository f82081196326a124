import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Worker } from './index.js';

export function listener(worker: Worker<any>, env?: unknown): (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export function serve(worker: Worker<any>, options?: { port?: number; host?: string; env?: unknown }): Promise<Server>;
