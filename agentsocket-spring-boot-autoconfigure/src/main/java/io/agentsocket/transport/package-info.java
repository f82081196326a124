/**
 * WebSocket, the same on both sides and with every library, each of which is a
 * {@link io.agentsocket.transport.Socket}. Start with
 * {@link io.agentsocket.transport.WebSocketTransport}. Knows messages and their bytes,
 * and nothing of frames and sessions: the engine is behind
 * {@link io.agentsocket.transport.TransportListener}.
 */
@Internal
@NullMarked
package io.agentsocket.transport;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
