/**
 * Spring Security and invocations: who calls, as tools, threads and method security ask
 * for it, who sees what, and the errors that its exceptions become. The only package that
 * knows Spring Security. It knows requests of both web stacks, but not the endpoints.
 * Begin with {@link io.agentsocket.security.SecurityToolGuard}.
 */
@NullMarked
package io.agentsocket.security;

import org.jspecify.annotations.NullMarked;
