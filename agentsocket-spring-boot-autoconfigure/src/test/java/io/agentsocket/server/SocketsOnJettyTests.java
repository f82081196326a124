package io.agentsocket.server;

import org.junit.platform.suite.api.AfterSuite;
import org.junit.platform.suite.api.BeforeSuite;

/**
 * Sockets of Jetty.
 */
@SocketSuite
final class SocketsOnJettyTests {

	private SocketsOnJettyTests() {
	}

	@BeforeSuite
	static void begin() {
		System.setProperty(TestWeb.PROPERTY, TestWeb.JETTY.name());
	}

	@AfterSuite
	static void end() {
		System.clearProperty(TestWeb.PROPERTY);
	}

}
