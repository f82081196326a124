package io.agentsocket.relay;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.push.CallbackTokens;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.relay.push.PushKeys;
import io.agentsocket.relay.push.ReachableSessions;
import io.agentsocket.server.AgentSocket;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.PodMail;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Durability;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * Pods with the same functions that share a store, each with an endpoint for pushes.
 */
final class RelayCluster implements AutoCloseable {

	private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

	private final CallbackTokens tokens = new CallbackTokens(SECRET, TestFunction.JSON, Duration.ofMinutes(15));

	private final HttpClient http = HttpClient.newHttpClient();

	final TestCluster cluster;

	final TestFunction function;

	private final Map<TestCluster.Pod, FunctionRelays> relays = new ConcurrentHashMap<>();

	/** Addresses for pushes, by the order of their pods. */
	private final List<DisposableServer> endpoints = new CopyOnWriteArrayList<>();

	private final Map<TestCluster.Pod, DisposableServer> ends = new ConcurrentHashMap<>();

	AgentSocketClient client;

	RelayCluster(Durability durability, int pods, TestFunction.Behaviour behaviour,
			Function<TestFunction, List<RelayedAction>> actions) throws IOException {
		this(new TestCluster(durability, pods, () -> new Action[0]), pods, behaviour, actions);
	}

	RelayCluster(TestCluster cluster, int pods, TestFunction.Behaviour behaviour,
			Function<TestFunction, List<RelayedAction>> actions) throws IOException {
		this.function = new TestFunction(behaviour);
		this.cluster = cluster;
		for (int i = 0; i < pods; i++) {
			start(this.cluster.pod(i), actions.apply(this.function));
		}
	}

	private void start(TestCluster.Pod pod, List<RelayedAction> actions) {
		FunctionRelays relays = FunctionRelays.builder(pod.testServer().catalog(), RelayFixture.codecs())
			.callbacks(this.tokens, URI.create("http://pods"), new Mail(pod))
			.build();
		relays.add(RelayFixture.settings("shop", this.function.url(), RelayFixture.TIMES), actions, null,
				CallGuard.NONE, UnaryOperator.identity());
		this.relays.put(pod, relays);
		AgentSocketOperations operations = new AgentSocketOperations(pod.server());
		DisposableServer endpoint = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(
					WebHttpHandlerBuilder.webHandler(relays.webHandler((id) -> operations.session(id).map(Found::new)))
						.build()))
			.bindNow(RelayFixture.TIMEOUT);
		this.endpoints.add(endpoint);
		this.ends.put(pod, endpoint);
	}

	/** Starts one more pod. */
	void add(List<RelayedAction> actions) {
		start(this.cluster.start(), actions);
	}

	/** Kills a pod: its requests to the function break off, and it takes no pushes. */
	void kill(TestCluster.Pod pod) {
		pod.kill();
		DisposableServer endpoint = this.ends.remove(pod);
		this.endpoints.remove(endpoint);
		endpoint.disposeNow(RelayFixture.TIMEOUT);
		this.relays.remove(pod).close();
	}

	/** Lets a pod go as a deployment does. */
	void drain(TestCluster.Pod pod) {
		pod.drain();
		kill(pod);
	}

	/** The relays of the pods that live. */
	Collection<FunctionRelays> relays() {
		return this.relays.values();
	}

	AgentSocketClient connect(UnaryOperator<AgentSocketClientBuilder> more) {
		this.client = client(more);
		this.client.connect().block(RelayFixture.TIMEOUT);
		return this.client;
	}

	/** A further agent, which is not connected. */
	AgentSocketClient client(UnaryOperator<AgentSocketClientBuilder> more) {
		return more
			.apply(AgentSocketClient.builder(this.cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200))))
			.build();
	}

	/** The keys of pushes, as a pod knows them. */
	PushKeys keys(int pod, InstantSource clock) {
		return new PushKeys(TestFunction.JSON, new Mail(this.cluster.pod(pod)), Schedulers.parallel(), clock);
	}

	/** The id of a push with a key in the attribute of its session. */
	String idOfPush(TestFunction.Call call, String key) {
		Map<?, ?> callback = (Map<?, ?>) call.json().get("callback");
		return this.tokens.check(String.valueOf(callback.get("token"))).invocation() + " " + key;
	}

	/** The session of the agent, as a pod knows it. */
	AgentSession session(int pod) {
		return session(pod, this.client.sessionId());
	}

	AgentSession session(int pod, String id) {
		return new AgentSocketOperations(this.cluster.pod(pod).server()).session(id)
			.block(RelayFixture.TIMEOUT)
			.session();
	}

	/** The agent goes to another pod. */
	void move(int pod) {
		this.cluster.target(this.cluster.pod(pod));
		this.cluster.cut();
	}

	/** Push with the token of a call to the endpoint of a pod. */
	int push(int pod, TestFunction.Call call, String json, String... headers) {
		try {
			return push(this.endpoints.get(pod), call, json, headers).statusCode();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The body of the answer to a push. */
	String receipt(int pod, TestFunction.Call call, String json) {
		try {
			return push(this.endpoints.get(pod), call, json).body();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Push to the endpoint of any pod.
	 * @return the status, or 0 if the pod has gone
	 */
	int pushAnywhere(TestFunction.Call call, String json, String key) {
		List<DisposableServer> all = List.copyOf(this.endpoints);
		if (all.isEmpty()) {
			return 0;
		}
		try {
			return push(all.get(ThreadLocalRandom.current().nextInt(all.size())), call, json, "idempotency-key", key)
				.statusCode();
		}
		catch (IOException ex) {
			return 0;
		}
	}

	private HttpResponse<String> push(DisposableServer endpoint, TestFunction.Call call, String json, String... headers)
			throws IOException {
		Map<?, ?> callback = (Map<?, ?>) call.json().get("callback");
		String path = URI.create(String.valueOf(callback.get("url"))).getPath();
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
			.header("authorization", "Bearer " + callback.get("token"))
			.header("content-type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(json));
		if (headers.length > 0) {
			request.headers(headers);
		}
		try {
			return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws IOException {
		if (this.client != null) {
			this.client.close().block(RelayFixture.TIMEOUT);
		}
		this.endpoints.forEach((endpoint) -> endpoint.disposeNow(RelayFixture.TIMEOUT));
		this.relays.values().forEach(FunctionRelays::close);
		this.cluster.close();
		this.function.close();
	}

	/** A session that was found by a server. */
	record Found(AgentSocket socket) implements ReachableSessions.Reached {

		@Override
		public AgentSession session() {
			return this.socket.session();
		}

		@Override
		public Mono<Void> sendEvent(String name, @Nullable Object payload) {
			return this.socket.sendEvent(name, payload);
		}

		@Override
		public void checkEvent(String name, @Nullable Object payload) {
			this.socket.checkEvent(name, payload);
		}

		@Override
		public ActionCatalog actions() {
			return this.socket.actions();
		}

	}

	private record Mail(TestCluster.Pod present) implements PodChannel {

		@Override
		public String pod() {
			return this.present.server().mail().pod();
		}

		@Override
		public boolean isAlive(String pod) {
			return this.present.server().mail().isAlive(pod);
		}

		@Override
		public boolean isGone(String pod) {
			return this.present.server().mail().isGone(pod);
		}

		@Override
		public Mono<Void> send(String pod, Bytes message) {
			return this.present.server().mail().send(pod, PodMail.Part.RELAY, message);
		}

		@Override
		public void onMessage(Consumer<Bytes> receiver) {
			this.present.server().mail().onMessage(PodMail.Part.RELAY, (from, message) -> receiver.accept(message));
		}

	}

}
