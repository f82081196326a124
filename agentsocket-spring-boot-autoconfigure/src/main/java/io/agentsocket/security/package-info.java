/**
 * Spring Security and invocations: who calls, as tools, threads and method security ask
 * for it, who sees what, and the errors that its exceptions become. The only package that
 * knows Spring Security. It does not know which web server or stack there is. Begin with
 * {@link io.agentsocket.security.SecurityToolGuard}.
 */
@NullMarked
package io.agentsocket.security;

import org.jspecify.annotations.NullMarked;
