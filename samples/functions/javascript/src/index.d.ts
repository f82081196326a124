/** Types of `agentsocket-function`; docs/function-protocol.md, version 1. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Shape = 'value' | 'items' | 'text' | 'bytes' | 'none';
export type Operation = { [key: string]: unknown };

export interface Violation { pointer: string; rule?: string; message?: string }

export class FunctionError extends Error {
  constructor(code: number, message: string,
    options?: { retryable?: boolean; notRun?: boolean; violations?: Violation[]; correlation?: string });
  readonly code: number;
}

declare const question: unique symbol;
export interface Question { readonly [question]: true }

export interface Call<Env = unknown> {
  readonly invocation: string;
  readonly attempt: number;
  readonly action: string;
  readonly session: { id: string; agent?: { name?: string; version?: string } };
  readonly principal: { name: string; claims?: { [key: string]: any } } | null;
  readonly timeoutMs: number;
  readonly idempotencyKey?: string;
  readonly result: Shape;
  readonly continuation?: string;
  readonly answer?: { outcome: string; value?: any; reason?: string };
  readonly callback?: { url: string; token: string; expiresAt: number; scope: string[] };
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Values of the session that the action declares; what was changed goes back when the action ends well. */
  readonly state: Map<string, any>;
  event(name: string, payload?: unknown): Promise<unknown>;
  progress(done: number, total?: number | null, text?: string): Promise<unknown>;
  define(descriptor: { name: string; [key: string]: unknown }): Promise<unknown>;
  withdraw(action: string): Promise<unknown>;
  ask(fields: { prompt: string; schema?: object; continuation: string; timeoutMs?: number }): Question;
  approve(fields: { prompt: string; continuation: string; timeoutMs?: number; action?: string; arguments?: object }): Question;
  /** Keeps a Worker alive for work behind the answer; what fails there goes to `onError`. */
  waitUntil(work: Promise<unknown>): void;
  push(ops: Operation[], options?: { key?: string }): Promise<'live' | 'queued'>;
}

export interface Action<Env = unknown> {
  description?: string;
  result?: Shape;
  state?: 'none' | 'read' | 'write';
  keys?: string[];
  /** Returns the result, or generates items, pieces of text or of bytes. */
  run(args: any, call: Call<Env>): unknown;
  [member: string]: unknown;
}

export interface Options<Env = unknown> {
  /** `null` takes requests from everybody. */
  secrets: string[] | null | ((env: Env) => string[] | Promise<string[]>);
  actions: { [name: string]: Action<Env> };
  ttlMs?: number;
  onSession?(type: 'session.opened' | 'session.closed', notice: any): unknown;
  onError?(...args: unknown[]): void;
  /** Seconds since 1970. */
  now?(): number;
  fetch?: typeof globalThis.fetch;
}

export interface Worker<Env = unknown> {
  fetch(request: Request, env?: Env, context?: { waitUntil?(work: Promise<unknown>): void }): Promise<Response>;
}

export function agentFunction<Env = unknown>(options: Options<Env>): Worker<Env>;

/** Whether one of the secrets has signed a body, at most 300 s ago, and its id was not seen before. */
export function verify(secrets: string[], headers: Headers, body: Uint8Array, now: number, seen?: Map<string, number>): Promise<boolean>;

/** Sends operations to the agent, also from elsewhere: `callback` is a member of each call. */
export function push(callback: { url: string; token: string }, ops: Operation[],
  options?: { key?: string; fetch?: typeof globalThis.fetch }): Promise<'live' | 'queued'>;
