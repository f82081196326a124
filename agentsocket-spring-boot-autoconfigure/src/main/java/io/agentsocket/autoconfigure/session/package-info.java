/**
 * Auto-configuration of where sessions live: in Redis or in the memory of the process.
 * The only package of the auto-configuration that knows Redis. Begin with
 * {@link io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.session;

import org.jspecify.annotations.NullMarked;
