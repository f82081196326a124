/**
 * Auto-configuration of the relay: functions behind the socket. Begin with
 * {@link io.agentsocket.autoconfigure.relay.AgentSocketRelayAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.relay;

import org.jspecify.annotations.NullMarked;
