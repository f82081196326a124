import { concat, utf8, uvarint } from './bytes.js';
import { INVOKE } from './frames.js';
import * as meta from './metadata.js';
import { fragments } from './parts.js';

const LONGEST = 2 ** 31 - 1; // ms that a deadline can say

/** The frames of an INVOKE (section 5.7): by alias where there is one, with what is left of the deadline. */
export function invocation({ codec, remote, frameLimit }, { name, stream, deadline, prefetch, options }, args) {
  const { key, traceparent, parent, items } = options;
  const alias = remote.alias(name);
  const inline = utf8(name);
  const head = alias ? Uint8Array.from(uvarint(alias * 2)) : concat([Uint8Array.from(uvarint(inline.length * 2 + 1)), inline]);
  const metadata = meta.encodeMetadata(codec, {
    [meta.PARENT]: parent?.stream,
    [meta.DEADLINE]: deadline && Math.min(LONGEST, Math.max(0, deadline - Date.now())),
    [meta.KEY]: key,
    [meta.TRACEPARENT]: traceparent,
    [meta.CREDIT]: prefetch,
    [meta.DEPTH]: parent && parent.depth + 1,
  });
  return fragments(INVOKE, stream, head, args, { end: !items, metadata }, frameLimit);
}
