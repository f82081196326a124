/**
 * For the tests of applications: an agent that tests hold in their hands. Begin with
 * {@link io.agentsocket.test.AgentSocketTester}. Its sockets are those of memory or of
 * the network; everything between them and the tools is what runs in production. Nothing
 * in the other packages knows this one.
 */
@NullMarked
package io.agentsocket.test;

import org.jspecify.annotations.NullMarked;
