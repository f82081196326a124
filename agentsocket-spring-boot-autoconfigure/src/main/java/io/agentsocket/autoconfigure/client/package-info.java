/**
 * Auto-configuration of a client, in every kind of application that has an address to
 * connect to. Begin with
 * {@link io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.client;

import org.jspecify.annotations.NullMarked;
