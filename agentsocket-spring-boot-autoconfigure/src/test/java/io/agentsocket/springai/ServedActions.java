package io.agentsocket.springai;

import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.TestServer;

/**
 * A server with actions, and a client of it.
 */
final class ServedActions implements AutoCloseable {

	final TestServer server;

	final AgentSocketClient client;

	ServedActions(Action... actions) {
		this.server = TestServer.with(actions);
		this.client = AgentSocketClient.builder(this.server.uri()).connectTimeout(Await.LONG).build();
	}

	void add(List<Action> actions) {
		this.server.catalog().addAll(actions);
	}

	/** The actions as tools of a chat client. */
	AgentSocketTools tools() {
		return AgentSocketTools.builder(this.client).patience(Await.LONG).build();
	}

	/** The result of an action, an empty text when there is none. */
	Object invoke(String action, String json) {
		return this.client.invoke(action)
			.arguments(CallArguments.read(json))
			.toMono(Object.class)
			.defaultIfEmpty("")
			.block(Await.LONG);
	}

	@Override
	public void close() {
		this.client.close().block(Await.LONG);
		this.server.close();
	}

}
