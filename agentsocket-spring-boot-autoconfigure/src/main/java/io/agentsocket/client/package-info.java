/**
 * The client's end: an agent in Java. Start with
 * {@link io.agentsocket.client.AgentSocketClient}. Connecting, HELLO and reconnecting are
 * here; everything after WELCOME is the engine's.
 */
@NullMarked
package io.agentsocket.client;

import org.jspecify.annotations.NullMarked;
