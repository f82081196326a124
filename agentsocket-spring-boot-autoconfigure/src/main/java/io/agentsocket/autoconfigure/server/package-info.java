/**
 * Auto-configuration of the endpoint, in WebFlux and in servlet applications. Begin with
 * {@link io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.server;

import org.jspecify.annotations.NullMarked;
