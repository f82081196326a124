/**
 * Auto-configuration of the pages of the Actuator. Begin with
 * {@link io.agentsocket.autoconfigure.actuate.AgentSocketActuatorAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
