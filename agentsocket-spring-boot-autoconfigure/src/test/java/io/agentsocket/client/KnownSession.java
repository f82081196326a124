package io.agentsocket.client;

import io.agentsocket.codec.Welcome;

import org.springframework.test.util.ReflectionTestUtils;

/**
 * A client's knowledge of its session, for tests that change it.
 */
public final class KnownSession {

	private KnownSession() {
	}

	/**
	 * The latest token and numbers of the server.
	 * @param client a client that was connected
	 * @return the latest WELCOME
	 */
	public static Welcome of(AgentSocketClient client) {
		return (Welcome) ReflectionTestUtils.getField(resumption(client), "welcome");
	}

	/**
	 * Let a client believe that the server has told something else.
	 * @param client the client
	 * @param welcome the latest WELCOME
	 */
	public static void set(AgentSocketClient client, Welcome welcome) {
		ReflectionTestUtils.setField(resumption(client), "welcome", welcome);
	}

	private static Object resumption(AgentSocketClient client) {
		return ReflectionTestUtils.getField(ReflectionTestUtils.getField(client, "connector"), "resumption");
	}

}
