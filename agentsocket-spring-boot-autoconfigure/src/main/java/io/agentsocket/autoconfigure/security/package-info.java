/**
 * Auto-configuration of what Spring Security has to do with sessions and invocations. The
 * only package of the auto-configuration that knows Spring Security. Begin with
 * {@link io.agentsocket.autoconfigure.security.AgentSocketSecurityAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.security;

import org.jspecify.annotations.NullMarked;
