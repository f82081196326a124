/**
 * The server's end: upgrade, HELLO, attach and resume, drain. Start with
 * {@link io.agentsocket.server.AgentSocketServer}. What happens between WELCOME and close
 * is the engine's.
 */
@NullMarked
package io.agentsocket.server;

import org.jspecify.annotations.NullMarked;
