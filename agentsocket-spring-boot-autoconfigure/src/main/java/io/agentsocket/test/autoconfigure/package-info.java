/**
 * Tests of Spring Boot with an agent. Begin with
 * {@link io.agentsocket.test.autoconfigure.AgentSocketTest}, a slice of the application,
 * or with {@link io.agentsocket.test.autoconfigure.AutoConfigureAgentSocketTester} for
 * all of it.
 */
@NullMarked
package io.agentsocket.test.autoconfigure;

import org.jspecify.annotations.NullMarked;
