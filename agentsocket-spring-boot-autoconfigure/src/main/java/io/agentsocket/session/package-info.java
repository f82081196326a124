/**
 * The session: the logical conversation that outlives sockets and pods.
 * {@link io.agentsocket.session.AgentSession} is what tools see. Knows nothing of actions
 * or connections.
 */
@NullMarked
package io.agentsocket.session;

import org.jspecify.annotations.NullMarked;
