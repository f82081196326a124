import type { Codec } from './index.js';

export declare const cbor: Codec;
