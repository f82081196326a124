/**
 * What Spring Security has to do with invocations: the errors that its exceptions become.
 * The only package that knows it; authentication is that of the upgrade request.
 */
@NullMarked
package io.agentsocket.security;

import org.jspecify.annotations.NullMarked;
