/**
 * WebSocket through Spring WebFlux, the same on both sides: the only place where the
 * engine meets a WebSocket library. Start with
 * {@link io.agentsocket.transport.WebSocketTransport}.
 */
@NullMarked
package io.agentsocket.transport;

import org.jspecify.annotations.NullMarked;
