/**
 * The session: the logical conversation that outlives sockets and pods.
 * {@link io.agentsocket.session.AgentSession} is the view of tools. Knows nothing of
 * actions or connections.
 */
@NullMarked
package io.agentsocket.session;

import org.jspecify.annotations.NullMarked;
