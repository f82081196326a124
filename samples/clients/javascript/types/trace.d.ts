import type { Codec, Progress, TracedFrame } from './index.js';

export interface ExplainedFrame {
  out: boolean;
  number?: number;
  size: number;
  replayed: boolean;
  type: string;
  stream?: number;
  end: boolean;
  rx?: number;
  tx?: number;
  code?: number;
  flags?: number;
  drain?: number;
  spread?: number;
  text?: string;
  alias?: number;
  name?: string;
  mode?: number;
  reason?: string;
  items?: number;
  metadata?: { [key: string]: unknown };
  progress?: Progress;
  payload?: unknown;
  /** Why the payload is not shown: it is a piece, or cannot be decoded. */
  problem?: string;
}

/** Reads a frame that the option `trace` was given. */
export declare function explain(frame: TracedFrame, codec: Codec): ExplainedFrame;
