/**
 * Spring Security and invocations: the errors that its exceptions become. The only
 * package that knows it; authentication is that of the upgrade request.
 */
@NullMarked
package io.agentsocket.security;

import org.jspecify.annotations.NullMarked;
