/**
 * Payloads: everything structured inside a frame, in CBOR or JSON over Jackson 3. Start
 * with {@link io.agentsocket.codec.Codec}. Knows frames' bytes, not streams or sessions.
 */
@NullMarked
package io.agentsocket.codec;

import org.jspecify.annotations.NullMarked;
