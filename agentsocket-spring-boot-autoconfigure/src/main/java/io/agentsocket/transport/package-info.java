/**
 * WebSocket through Spring WebFlux, the same on both sides: the only place where the
 * engine meets a WebSocket library. Start with
 * {@link io.agentsocket.transport.WebSocketTransport}.
 */
@Internal
@NullMarked
package io.agentsocket.transport;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
