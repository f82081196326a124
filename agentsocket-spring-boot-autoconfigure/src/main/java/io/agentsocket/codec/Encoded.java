package io.agentsocket.codec;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;

/**
 * A result that is encoded already, in the codec of the connection: one value for DATA,
 * valid UTF-8 for TEXT, bytes for BYTES. An action that passes on what others have
 * written publishes it, and nothing of it is decoded on the way.
 *
 * @param bytes the payload
 */
@Internal
public record Encoded(Bytes bytes) {

}
