/**
 * Auto-configuration of the endpoint, in a WebFlux application; says what a servlet
 * application can do instead. Begin with
 * {@link io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.server;

import org.jspecify.annotations.NullMarked;
