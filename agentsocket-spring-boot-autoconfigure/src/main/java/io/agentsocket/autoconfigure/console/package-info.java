/**
 * Auto-configuration of the console, a web page beside the endpoint. Begin with
 * {@link io.agentsocket.autoconfigure.console.AgentSocketConsoleAutoConfiguration};
 * {@link io.agentsocket.autoconfigure.console.ConsoleFiles} knows no web stack.
 */
@NullMarked
package io.agentsocket.autoconfigure.console;

import org.jspecify.annotations.NullMarked;
