/**
 * The server's end: upgrade, HELLO, attach and resume, drain. Start with
 * {@link io.agentsocket.server.AgentSocketServer}. The engine does everything between
 * WELCOME and close.
 */
@NullMarked
package io.agentsocket.server;

import org.jspecify.annotations.NullMarked;
