/**
 * Auto-configuration of observations and meters. Begin with
 * {@link io.agentsocket.autoconfigure.observation.AgentSocketObservationAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
