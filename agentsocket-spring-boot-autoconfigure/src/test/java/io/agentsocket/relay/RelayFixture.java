package io.agentsocket.relay;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.TestServer;
import io.agentsocket.session.AgentSession;

/**
 * A pod with functions, and an agent.
 */
final class RelayFixture implements AutoCloseable {

	static final Duration TIMEOUT = Await.LONG;

	/** Base64 of 32 bytes. */
	static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	static final FunctionSettings.Times TIMES = new FunctionSettings.Times(TIMEOUT, TIMEOUT, TIMEOUT,
			TIMEOUT.multipliedBy(2));

	final TestServer server = TestServer.with();

	final FunctionRelays relays;

	final TestFunction function;

	AgentSocketClient client;

	RelayFixture(TestFunction.Behaviour behaviour) throws IOException {
		this(behaviour, RelayListener.NONE);
	}

	RelayFixture(TestFunction.Behaviour behaviour, RelayListener listener) throws IOException {
		this(behaviour, listener, (builder) -> builder);
	}

	RelayFixture(TestFunction.Behaviour behaviour, RelayListener listener, UnaryOperator<FunctionRelays.Builder> more)
			throws IOException {
		this.function = new TestFunction(behaviour);
		this.relays = more.apply(FunctionRelays.builder(this.server.catalog(), codecs()).listener(listener)).build();
	}

	static RelayCodecs codecs() {
		Codec json = JacksonCodec.json();
		return new RelayCodecs(json, List.of(json, JacksonCodec.cbor()));
	}

	static FunctionSettings settings(String name, URI url, FunctionSettings.Times times) {
		return new FunctionSettings(name, url, List.of(SECRET), Map.of("x-tenant", "acme"), times, 50, 3, 1 << 20,
				false, true, List.of(), FunctionSettings.Upkeep.NONE);
	}

	RelayFixture add(RelayedAction... actions) {
		return add(settings("shop", this.function.url(), TIMES), actions);
	}

	RelayFixture add(FunctionSettings settings, RelayedAction... actions) {
		this.relays.add(settings, List.of(actions), null, CallGuard.NONE, UnaryOperator.identity());
		return this;
	}

	RelayedAction action(String name, ResultShape shape, ActionHints hints, StateAccess access, String... keys) {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("name", name);
		map.put("result", shape.name().toLowerCase(Locale.ROOT));
		ActionDescriptor read = ActionDescriptor.from(map);
		ActionDescriptor descriptor = new ActionDescriptor(name, null, null, List.of(), hints, read.streaming(), null,
				null, null, shape);
		return new RelayedAction(descriptor, access, Set.of(keys), null, this.function.url());
	}

	RelayedAction action(String name, ResultShape shape) {
		return action(name, shape, ActionHints.NONE, StateAccess.NONE);
	}

	RelayedAction idempotent(String name, ResultShape shape) {
		return action(name, shape, new ActionHints(false, false, true, false, false, null), StateAccess.NONE);
	}

	AgentSocketClient connect() {
		return connect((builder) -> builder);
	}

	AgentSocketClient connect(UnaryOperator<AgentSocketClientBuilder> more) {
		this.client = more.apply(AgentSocketClient.builder(this.server.uri())).build();
		Await.end(this.client.connect());
		return this.client;
	}

	AgentSession session() {
		return new AgentSocketOperations(this.server.server()).session(this.client.sessionId())
			.block(TIMEOUT)
			.session();
	}

	/** The state of the session of the agent. */
	StateDocument state() {
		return StateDocument.read(session().attribute(StateDocument.ATTRIBUTE, String.class).orElse(null),
				TestFunction.JSON);
	}

	@Override
	public void close() throws IOException {
		if (this.client != null) {
			Await.end(this.client.close());
		}
		this.relays.close();
		this.server.close();
		this.function.close();
	}

}
