/**
 * Auto-configuration of the actions that server and client offer: the catalog with the
 * tools and the {@code Action} beans of the application, questions, and errors. Begin
 * with {@link io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.action;

import org.jspecify.annotations.NullMarked;
