/// <reference lib="esnext.disposable" />

/** A value of the JSON data model; in the CBOR codec bytes as well. */
export type Value = null | boolean | number | string | Uint8Array | Value[] | { [key: string]: Value };

/** Arguments of an action: a map. */
export type Arguments = object;

/** JSON Schema 2020-12. */
export type Schema = { [keyword: string]: unknown };

export type ErrorCode =
  | 'CANCELLED' | 'UNKNOWN' | 'INVALID_ARGUMENT' | 'DEADLINE_EXCEEDED' | 'NOT_FOUND' | 'ALREADY_EXISTS' | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED' | 'FAILED_PRECONDITION' | 'ABORTED' | 'OUT_OF_RANGE' | 'UNIMPLEMENTED' | 'INTERNAL' | 'UNAVAILABLE'
  | 'DATA_LOSS' | 'UNAUTHENTICATED' | 'LOST' | 'REFUSED' | 'UNKNOWN_ALIAS' | 'ASK_TIMEOUT' | 'TOO_LARGE' | 'SESSION_RESET';

export interface Violation {
  /** JSON Pointer into the arguments. */
  readonly pointer: string;
  /** Keyword of JSON Schema, or constraint. */
  readonly rule: string;
  readonly message: string;
}

export interface ErrorDetails {
  retryable?: boolean;
  mayHaveRun?: boolean;
  violations?: Violation[];
  correlation?: string;
  closeCode?: number;
  status?: number;
  cause?: unknown;
}

/** The one error of this package. */
export declare class AgentError extends Error {
  /** An action throws it with a code, or with a number of 256 or more for an error of its own. */
  constructor(code: ErrorCode | number, message?: string, details?: ErrorDetails);
  /** Name of the code; `APPLICATION` for numbers of 256 and above. */
  readonly code: ErrorCode | 'APPLICATION';
  readonly number: number;
  /** The text of the other side alone. */
  readonly text: string;
  /** The same call may succeed later. */
  readonly retryable: boolean;
  /** The action may have been carried out, at least in part. */
  readonly mayHaveRun: boolean;
  readonly violations: readonly Violation[];
  /** Id under which the other side has logged the cause. */
  readonly correlation?: string;
  /** Close code of the connection, if it is the reason. */
  readonly closeCode?: number;
  /** HTTP status that refused the connection, where it can be seen. */
  readonly status?: number;
}

/** How values become bytes. */
export interface Codec {
  readonly token: string;
  encode(value: unknown, integerKeys?: boolean): Uint8Array;
  decode(bytes: Uint8Array, exact?: boolean, integerKeys?: boolean): unknown;
}

export declare const json: Codec;

export interface Progress {
  done: number;
  total?: number;
  description?: string;
}

declare const outcome: unique symbol;
/** The answer to a question or an approval. */
export interface Outcome {
  readonly [outcome]: true;
}

export interface Question {
  readonly prompt: string;
  /** What the answer must satisfy; absent: a text. */
  readonly schema?: Schema;
  /** The call that asks. */
  readonly call?: Call;
  /** Aborted when the question is withdrawn. */
  readonly signal: AbortSignal;
  /** When nobody waits any more, in ms since 1970. */
  readonly deadline?: number;
  answer(value: unknown): Outcome;
  decline(): Outcome;
  cancel(): Outcome;
}

export interface Approval {
  readonly action: string;
  readonly arguments: { [name: string]: Value };
  readonly prompt: string;
  readonly call?: Call;
  readonly signal: AbortSignal;
  readonly deadline?: number;
  approve(): Outcome;
  decline(reason?: string): Outcome;
  cancel(): Outcome;
}

/** Answers a question; what is no outcome is the answer. */
export type OnAsk = (question: Question) => unknown;
/** Answers a request for approval; everything but `true` and `approve()` means no. */
export type OnApprove = (approval: Approval) => Outcome | boolean | undefined | Promise<Outcome | boolean | undefined>;

export interface CallOptions {
  /** Interrupts the action. */
  signal?: AbortSignal;
  /** Milliseconds; both sides stop when they have passed. */
  timeout?: number;
  /** Items that may arrive before they are read (32). 0: none without `request(n)`. */
  prefetch?: number;
  /** Idempotency key, 1 to 64 bytes: a second call with it in the same session does not run. */
  key?: string;
  /** Whether the call may be made again after a reset. By default the server is asked. */
  idempotent?: boolean;
  /** W3C trace context. */
  traceparent?: string;
  /** Items for the action; `true` to send them with `send` and `end`. Needs the plug-in `items` of `agentsocket/items`. */
  items?: boolean | Iterable<unknown> | AsyncIterable<unknown>;
  onProgress?: (progress: Progress) => void;
  /** Instead of those of the agent, for questions of this call. */
  onAsk?: OnAsk;
  onApprove?: OnApprove;
}

/**
 * An invocation. As a promise it is the value, the last item, the whole text or all bytes; as an async iterable it is the items as they come.
 * Leaving a loop interrupts the action.
 */
export interface Call<T = any, Item = T> extends PromiseLike<T>, AsyncIterable<Item> {
  readonly name: string;
  /** Stream id, while there is one. */
  readonly stream?: number;
  catch<R = never>(rejected?: ((error: AgentError) => R | PromiseLike<R>) | null): Promise<T | R>;
  finally(settled?: (() => void) | null): Promise<T>;
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined>;
  /** All items, at most `max` (10,000), and no more bytes than the buffer may hold. */
  toArray(max?: number): Promise<Item[]>;
  /** Sends an item: a text as TEXT, bytes as BYTES, all else as DATA. False: the call is over. */
  send(item: unknown): Promise<boolean>;
  /** No more items. */
  end(): Promise<boolean>;
  /** Credit for more items, where `prefetch` is 0. */
  request(items: number): void;
  /** Asks the action to finish with what it has. */
  finish(reason?: string): void;
  /** Stops the call. */
  cancel(reason?: unknown): void;
}

export interface Hints {
  readOnly?: boolean;
  destructive?: boolean;
  idempotent?: boolean;
  openWorld?: boolean;
  approval?: boolean;
  streaming?: boolean;
  /** Milliseconds. */
  timeout?: number;
}

export interface Summary {
  name: string;
  title?: string;
  description?: string;
  tags?: string[];
  hints?: Hints;
}

export type ResultKind = 'value' | 'items' | 'text' | 'bytes' | 'none';

export interface Descriptor extends Summary {
  /** Schema of the arguments. */
  input: Schema;
  /** Schema of the value, or of each item. */
  output?: Schema;
  result?: ResultKind;
  /** Schema of the items that the caller may send. */
  items?: Schema;
}

export interface Page {
  actions: Summary[];
  total: number;
  next?: string;
}

/** An action that is offered. */
export interface Offer<A = any> extends Omit<Partial<Descriptor>, 'name'> {
  name: string;
  /** Gives what does not fit; nothing has run then. */
  validate?: (args: A) => readonly Violation[] | undefined | Promise<readonly Violation[] | undefined>;
}

export interface Invocation {
  /** Aborted when the caller stops the action, its time is over, or the session is lost. */
  readonly signal: AbortSignal;
  /** Aborted when the caller asks to finish with what there is. */
  readonly finishing: AbortSignal;
  /** Items of the caller. */
  readonly items: AsyncIterable<any>;
  readonly deadline?: number;
  readonly key?: string;
  readonly traceparent?: string;
  /** Own call for the sake of which it is invoked. */
  readonly parent?: Call;
  progress(done: number, total?: number | null, description?: string | null): void;
  /** Invokes an action of the server for the sake of this invocation; it is stopped with it. */
  invoke<T = any>(name: string, args?: Arguments, options?: CallOptions): Call<T>;
}

/** Runs an action. An async iterable is sent item by item. */
export type Handler<A = any> = (args: A, invocation: Invocation) => unknown;

export interface AgentEvent<T = any> {
  readonly name: string;
  readonly payload: T;
}

export interface Limits {
  /** Bytes in flight without ACK. */
  window?: number;
  message?: number;
  frame?: number;
  /** Bytes of one payload. */
  item?: number;
  /** Items of a caller before it needs credit. */
  items?: number;
  /** Invocations of the server at once. */
  streams?: number;
  /** Bytes of items and events that nobody has read, of all calls and readers together (64 MiB); each value in a structure counts 64 more. */
  buffer?: number;
}

/** A frame as it was sent or received; `explain` of `agentsocket/trace` reads it. */
export interface TracedFrame {
  readonly out: boolean;
  /** Number of the frame, if it is a numbered one. */
  readonly number?: number;
  /** Bytes that count for the window. */
  readonly size: number;
  readonly replayed?: boolean;
  /** The frame, alone in a message. */
  readonly bytes: Uint8Array;
}

declare const plugIn: unique symbol;
/** What an entry such as `agentsocket/offer` adds to an agent. */
export interface PlugIn {
  readonly [plugIn]: true;
}

type Supplier<T> = T | (() => T | Promise<T>);

export interface AgentOptions {
  /** JSON by default; `cbor` of `agentsocket/cbor`. */
  codec?: Codec;
  /** Bearer token, or what gives one for each attempt, and before the last one expires. It is sent in HELLO. */
  token?: Supplier<string | undefined>;
  /** Class of WebSockets where there is none, such as that of `ws`. */
  WebSocket?: any;
  /** Headers of the upgrade request, where the class of WebSockets takes some (`ws`). */
  headers?: Supplier<{ [name: string]: string } | undefined>;
  /** Plug-ins: `offers`, `items`, `node`, `messages`. `connect` of `agentsocket/full` has them all. */
  use?: readonly PlugIn[];
  /** What the agent says of itself. */
  name?: string;
  version?: string;
  onAsk?: OnAsk;
  onApprove?: OnApprove;
  /** Closes the agent. */
  signal?: AbortSignal;
  limits?: Limits;
  /** Items that may arrive before they are read, for each call (32). */
  prefetch?: number;
  /** Milliseconds that a call waits for a connection, also behind GOAWAY (30,000). */
  maxWait?: number;
  /** Milliseconds that one attempt to connect may take (10,000); up to four times that after attempts that were too late. */
  connectTimeout?: number;
  /** Milliseconds of further attempts while the answer looks final (120,000). */
  refusalTimeout?: number;
  /**
   * Upper bounds of the random waits in ms: after the loss of a connection that has lasted longer than `base` (250, or `base` if that is less), of each other
   * one (1,000), of all (30,000). A quarter of the time without a connection takes the place of the first two when it is longer.
   */
  backoff?: { first?: number; base?: number; cap?: number };
  /** Which of several addresses is tried first. */
  uriPolicy?: 'in-order' | 'random';
  /** Whether calls that may run twice are made again after a reset (true). */
  repeatIdempotent?: boolean;
  /** Failures that no caller gets: of own actions, of events. By default they go to the console. */
  onError?: (message: string, error: unknown) => void;
  /** Is given each frame. */
  trace?: (frame: TracedFrame) => void;
  /** The window whose life is followed, for tests. */
  page?: any;
}

export interface AgentEvents {
  connected: CustomEvent<{}>;
  resumed: CustomEvent<{ replayed: number }>;
  reset: CustomEvent<{}>;
  disconnected: CustomEvent<{ uri: string; code: number; status?: number; reason: string }>;
  failed: CustomEvent<{ uri: string; code: number; status?: number; reason: string }>;
  change: CustomEvent<{ name: string; descriptor?: Descriptor }>;
  closed: CustomEvent<{ error?: AgentError }>;
}

/** One session with a server, over whatever connections there are. */
export declare class Agent {
  private constructor();
  readonly connected: boolean;
  readonly sessionId?: string;
  readonly catalog: { hash?: string; size?: number };
  addEventListener<K extends keyof AgentEvents>(type: K, listener: (event: AgentEvents[K]) => void, options?: AddEventListenerOptions | boolean): void;
  removeEventListener<K extends keyof AgentEvents>(type: K, listener: (event: AgentEvents[K]) => void, options?: EventListenerOptions | boolean): void;
  dispatchEvent(event: Event): boolean;
  ready(): Promise<void>;
  invoke<T = any, Item = T>(name: string, args?: Arguments, options?: CallOptions): Call<T, Item>;
  find(query?: string, options?: { tags?: string[]; limit?: number; cursor?: string } & CallOptions): Call<Page>;
  describe(...names: (string | string[])[]): Promise<{ actions: Descriptor[]; unknown: string[] }>;
  /** All actions without schemas, at most `max` (10,000) and about 16 MiB. */
  actions(max?: number): Promise<Summary[]>;
  /** Needs the plug-in `offers` of `agentsocket/offer`. */
  offer<A = any>(offer: string | Offer<A>, handler: Handler<A>): () => void;
  publish(name: string, payload?: unknown, options?: { traceparent?: string }): Promise<void>;
  events<T = any>(...names: string[]): AsyncIterableIterator<AgentEvent<T>> & { readonly ready: Promise<void> };
  on<T = any>(name: string, listener: (event: AgentEvent<T>) => void): (() => void) & { readonly ready: Promise<void> };
  cut(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Connects, and stays connected until `close()`. */
export declare function connect(uri: string | URL | (string | URL)[], options?: AgentOptions): Agent;
