/**
 * Spring Boot's Actuator and a server: the endpoint {@code agentsocket}, health and info.
 * Start at {@link io.agentsocket.actuate.AgentSocketEndpoint}. Nothing outside of this
 * package and its auto-configuration depends on the Actuator.
 */
@Internal
@NullMarked
package io.agentsocket.actuate;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
