package io.agentsocket.client;

import io.agentsocket.codec.Welcome;

import org.springframework.test.util.ReflectionTestUtils;

/**
 * What a client knows of its session, for tests that let it know something else.
 */
public final class KnownSession {

	private KnownSession() {
	}

	/**
	 * What the server has told last.
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
