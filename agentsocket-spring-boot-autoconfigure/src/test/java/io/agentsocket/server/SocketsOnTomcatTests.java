package io.agentsocket.server;

import org.junit.platform.suite.api.AfterSuite;
import org.junit.platform.suite.api.BeforeSuite;

/**
 * Sockets of Tomcat.
 */
@SocketSuite
final class SocketsOnTomcatTests {

	private SocketsOnTomcatTests() {
	}

	@BeforeSuite
	static void begin() {
		System.setProperty(TestWeb.PROPERTY, TestWeb.TOMCAT.name());
	}

	@AfterSuite
	static void end() {
		System.clearProperty(TestWeb.PROPERTY);
	}

}
