/**
 * Auto-configuration of what the Actuator shows. Begin with
 * {@link io.agentsocket.autoconfigure.actuate.AgentSocketActuatorAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
