package io.agentsocket.server;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.Suite;

/**
 * Runs the test classes that are about sockets once more; by themselves they run on
 * Netty.
 */
@Suite
@SelectClasses(names = { "io.agentsocket.client.AgentSocketClientTests", "io.agentsocket.client.DuplexTests",
		"io.agentsocket.client.BackPressureTests", "io.agentsocket.server.VectorConformanceTests",
		"io.agentsocket.server.ForeignUpgradeTests", "io.agentsocket.server.HelloAuthenticatorTests",
		"io.agentsocket.server.SessionListenerTests", "io.agentsocket.server.OpenSessionsTests" })
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface SocketSuite {

}
