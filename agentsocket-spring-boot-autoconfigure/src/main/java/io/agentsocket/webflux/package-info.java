/**
 * The endpoint in a WebFlux application. Begin with
 * {@link io.agentsocket.webflux.AgentSocketWebHandler}. No other package needs WebFlux,
 * except that a client can be given a WebSocket client of it.
 */
@Internal
@NullMarked
package io.agentsocket.webflux;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
