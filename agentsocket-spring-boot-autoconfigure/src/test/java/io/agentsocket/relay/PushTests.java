package io.agentsocket.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.answer.RelayMemory;
import io.agentsocket.relay.push.CallbackTokens;
import io.agentsocket.relay.push.Callbacks;
import io.agentsocket.relay.push.OpenInvocations;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.relay.push.PushKeys;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.PlainSocket;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Functions that push to agents after they have answered. Section 10 of
 * {@code docs/function-protocol.md}.
 */
class PushTests {

	private static final JsonNode FILE = JsonMapper.shared()
		.readTree(new java.io.File("../docs/vectors/functions.json"));

	private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

	private final HttpClient http = HttpClient.newHttpClient();

	private final CallbackTokens tokens = new CallbackTokens(SECRET, TestFunction.JSON, Duration.ofMinutes(15));

	private final Channel channel = new Channel();

	private final TestMemory memory = new TestMemory();

	private final Queue<Object> items = new ConcurrentLinkedQueue<>();

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private RelayFixture pod;

	private DisposableServer endpoint;

	@BeforeEach
	void start() throws IOException {
		this.pod = new RelayFixture((call) -> call.answer(202, null, new byte[0]), RelayListener.NONE,
				(builder) -> builder.callbacks(this.tokens, URI.create("http://pods/callback/"), this.channel)
					.memory(this.memory));
		this.pod.add(this.pod.action("items", ResultShape.ITEMS), this.pod.action("text", ResultShape.TEXT),
				this.pod.action("value", ResultShape.VALUE));
		AgentSocketOperations operations = new AgentSocketOperations(this.pod.server.server());
		this.endpoint = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(WebHttpHandlerBuilder
				.webHandler(this.pod.relays.webHandler((id) -> operations.session(id).map(RelayCluster.Found::new)))
				.build()))
			.bindNow(RelayFixture.TIMEOUT);
		this.pod.connect();
		this.pod.client.events("report.read", JsonNode.class).subscribe((event) -> this.events.add(event.toString()));
	}

	@AfterEach
	void stop() throws IOException {
		this.endpoint.disposeNow(RelayFixture.TIMEOUT);
		this.pod.close();
	}

	private Map<?, ?> callback(int call) {
		return (Map<?, ?>) this.pod.function.calls.get(call).json().get("callback");
	}

	/** Begin an invocation that is answered with 202. */
	private void detach(String action, Class<?> type) {
		int before = this.pod.function.calls.size();
		this.pod.client.invoke(action)
			.toFlux(type)
			.subscribe(this.items::add, this.errors::add, () -> this.items.add("end"));
		Await.until(() -> this.pod.function.calls.size() > before);
	}

	private HttpResponse<String> push(String token, String session, String type, byte[] body, String... headers) {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI
				.create("http://127.0.0.1:" + this.endpoint.port() + "/callback/sessions/" + session + "/frames"))
			.header("authorization", "Bearer " + token)
			.header("content-type", type)
			.POST(HttpRequest.BodyPublishers.ofByteArray(body));
		if (headers.length > 0) {
			request.headers(headers);
		}
		try {
			return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private int push(int call, String json, String... headers) {
		return push(String.valueOf(callback(call).get("token")), this.pod.client.sessionId(), "application/json",
				json.getBytes(StandardCharsets.UTF_8), headers)
			.statusCode();
	}

	/** Pushes until the answer of the function is known to the pod. */
	private void accepted(int call, String json) {
		Await.until(() -> push(call, json) == 202);
	}

	/** Begins a push of 90,000 bytes and sends 60,000 of them. */
	private Socket begin(int call) throws IOException {
		Socket slow = new Socket(InetAddress.getLoopbackAddress(), this.endpoint.port());
		String head = "POST /callback/sessions/" + this.pod.client.sessionId() + "/frames HTTP/1.1\r\n"
				+ "Host: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
				+ callback(call).get("token") + "\r\nContent-Length: 90000\r\n\r\n";
		slow.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
		slow.getOutputStream().write(new byte[60_000]);
		return slow;
	}

	@Test
	void pushThatDoesNotComeToItsEndCountsForThePod() throws IOException {
		detach("items", Integer.class);
		try (Socket slow = begin(0)) {
			Await.until(() -> this.memory.held.get() == 60_000 && slow.isConnected());
		}
		Await.until(() -> this.memory.held.get() == 0);
	}

	@Test
	void pushThatDoesNotComeInTimeIsGivenUp() {
		detach("items", Integer.class);
		MockServerWebExchange exchange = MockServerWebExchange
			.from(MockServerHttpRequest.post("/callback/sessions/" + this.pod.client.sessionId() + "/frames")
				.header("authorization", "Bearer " + callback(0).get("token"))
				.header("content-type", "application/json")
				.body(Flux.never()));
		this.pod.relays.webHandler((id) -> Mono.empty(), Duration.ofMillis(1)).handle(exchange).block(Await.LONG);
		assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.REQUEST_TIMEOUT);
		assertThat(this.memory.held).hasValue(0);
	}

	@Test
	void pushIsNotReadWhileThePodHasNoRoom() {
		detach("items", Integer.class);
		accepted(0, "{\"ops\":[{\"item\":1}]}");
		this.memory.most = 0;
		assertThat(push(0, "{\"ops\":[{\"item\":2}]}")).isEqualTo(503);
		this.memory.most = Integer.MAX_VALUE;
		assertThat(push(0, "{\"ops\":[{\"item\":3}]}")).isEqualTo(202);
	}

	@Test
	void pushThatWaitsForItsAgentCountsForThePod() {
		BaseSubscriber<String> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				request(1);
			}

		};
		this.pod.client.invoke("items").toFlux(String.class).subscribe(slow);
		Await.until(() -> this.pod.function.calls.size() == 1);
		String item = "{\"item\":\"" + "a".repeat(1000) + "\"}";
		String push = "{\"ops\":[" + String.join(",", Collections.nCopies(100, item)) + "]}";
		Await.untilAsserted(() -> assertThat(push(0, push)).isEqualTo(202));
		Await.untilAsserted(() -> assertThat(this.memory.held.get()).isBetween(1000, push.length()));
		slow.cancel();
		Await.until(() -> this.memory.held.get() == 0);
	}

	@Test
	void pushIsNotKeptWhileThePodHasNoRoom() {
		OpenInvocations invocations = new OpenInvocations(this.memory);
		Payloads payloads = new Payloads(TestFunction.JSON, TestFunction.JSON, 10_000);
		OpenInvocations.Open open = invocations.begin("i", payloads, ResultShape.ITEMS, (part) -> {
		});
		open.detach();
		List<AnswerPart> parts = List.of(payloads.valueOf("a".repeat(998)));
		this.memory.most = 999;
		assertThat(invocations.push("i", null, parts, 1020)).isEqualTo(OpenInvocations.TOO_MANY);
		assertThat(this.memory.held).hasValue(0);
		this.memory.most = Integer.MAX_VALUE;
		assertThat(invocations.push("i", null, parts, 1020)).isEqualTo(OpenInvocations.ACCEPTED);
		assertThat(this.memory.held).hasValue(1020);
		open.pushed().take(1).blockLast(Await.LONG);
		assertThat(this.memory.held).hasValue(0);
		assertThat(invocations.push("i", null, parts, 1020)).isEqualTo(OpenInvocations.ACCEPTED);
		invocations.end("i");
		assertThat(this.memory.held).hasValue(0);
	}

	@Test
	void detachedInvocationGoesOnByPushes() {
		detach("items", Integer.class);
		assertThat(String.valueOf(callback(0).get("url")))
			.isEqualTo("http://pods/callback/sessions/" + this.pod.client.sessionId() + "/frames");
		accepted(0, "{\"ops\":[{\"item\":1},{\"event\":\"report.read\",\"payload\":2},{\"item\":3}]}");
		Await.until(() -> this.items.size() == 2);
		assertThat(push(0, "{\"ops\":[{\"item\":4},{\"end\":true}]}")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(1, 3, 4, "end");
		Await.untilAsserted(() -> assertThat(this.events).containsExactly("2"));
		Await.until(() -> this.pod.relays.pushable() == 0);
		assertThat(push(0, "{\"ops\":[{\"item\":5}]}")).isEqualTo(409);
		assertThat(push(0, "{\"ops\":[{\"event\":\"report.read\"}]}")).isEqualTo(202);
	}

	/** The lane of the writers is free after the answer, so its patch does not wait. */
	@Test
	void stateGoesWithTheAnswerAndWithTheEnd() {
		this.pod.add(RelayFixture.settings("state", this.pod.function.url(), RelayFixture.TIMES),
				this.pod.action("write", ResultShape.ITEMS, ActionHints.NONE, StateAccess.WRITE, "cart"));
		this.pod.function.behaviour = (call) -> call
			.envelope("{\"detached\":true,\"state\":{\"version\":0,\"set\":{\"cart\":1}}}");
		detach("write", Integer.class);
		Await.until(() -> this.pod.state().version() == 1);
		String end = "{\"ops\":[{\"end\":true,\"state\":{\"version\":%d,\"set\":{\"cart\":2}}}]}";
		Await.until(() -> push(0, end.formatted(0)) == 400);
		assertThat(push(0, end.formatted(1))).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.pod.state()).isEqualTo(new StateDocument(2, Map.of("cart", 2)));
	}

	@Test
	void detachedInvocationMayFail() {
		detach("value", Integer.class);
		accepted(0, "{\"ops\":[{\"error\":{\"code\":300,\"text\":\"No paper\"}}]}");
		Await.until(() -> !this.errors.isEmpty());
		ActionException error = (ActionException) this.errors.peek();
		assertThat(error.code()).isEqualTo(300);
		assertThat(error.text()).isEqualTo("No paper");
	}

	@Test
	void functionMayStopItsInvocation() {
		detach("items", Integer.class);
		accepted(0, "{\"ops\":[{\"interrupt\":{\"mode\":0}}]}");
		Await.until(() -> !this.errors.isEmpty());
		assertThat(((ActionException) this.errors.peek()).errorCode()).isEqualTo(ErrorCode.CANCELLED);
		detach("items", Integer.class);
		accepted(1, "{\"ops\":[{\"interrupt\":{\"mode\":1}}]}");
		Await.until(() -> this.items.contains("end"));
	}

	@Test
	void cancelledInvocationTakesNothingMore() {
		int before = this.pod.function.calls.size();
		reactor.core.Disposable running = this.pod.client.invoke("items")
			.toFlux(Integer.class)
			.subscribe(this.items::add);
		Await.until(() -> this.pod.function.calls.size() > before);
		accepted(before, "{\"ops\":[{\"item\":1}]}");
		Await.until(() -> this.items.size() == 1);
		running.dispose();
		Await.until(() -> this.pod.relays.pushable() == 0);
		assertThat(push(before, "{\"ops\":[{\"item\":2}]}")).isEqualTo(409);
	}

	@Test
	void actionsComeAndGo() {
		detach("items", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"define\":{\"name\":\"report.next\",\"result\":\"value\"}}]}")).isEqualTo(202);
		this.pod.function.behaviour = (call) -> call.json("\"next\"");
		assertThat(this.pod.client.invoke("report.next").toMono(String.class).block(RelayFixture.TIMEOUT))
			.isEqualTo("next");
		assertThat(push(0, "{\"ops\":[{\"withdraw\":\"report.next\"}]}")).isEqualTo(202);
		Await.until(() -> {
			try {
				this.pod.client.invoke("report.next").toMono(String.class).block(RelayFixture.TIMEOUT);
				return false;
			}
			catch (ActionException ex) {
				return ex.errorCode() == ErrorCode.NOT_FOUND;
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://127.0.0.1:1/fn", "https://127.0.0.1/fn", "http://169.254.169.254/latest",
			"//localhost/fn", "http:fn", "file:///etc/passwd" })
	void announcedActionLeadsToItsFunction(String url) {
		detach("items", Integer.class);
		String define = "{\"ops\":[{\"define\":{\"name\":\"report.next\",\"url\":\"%s\"}}]}";
		assertThat(push(0, define.formatted(url))).isEqualTo(400);
		String withUser = this.pod.function.url().toString().replace("//", "//user@");
		assertThat(push(0, define.formatted(withUser))).isEqualTo(400);
		assertThat(this.pod.server.catalog().find("report.next")).isNull();
		assertThat(push(0, define.formatted("/next"))).isEqualTo(202);
	}

	@Test
	void actionOfSomebodyElseIsNotReplaced() {
		this.pod.server.catalog()
			.add(io.agentsocket.action.Action.named("pay").handler((exchange) -> Mono.just("paid")));
		detach("items", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"define\":{\"name\":\"pay\"}}]}")).isEqualTo(400);
		assertThat(this.pod.client.invoke("pay").toMono(String.class).block(RelayFixture.TIMEOUT)).isEqualTo("paid");
	}

	@Test
	void repeatedPushWithItsKeyIsAppliedOnce() {
		detach("items", Integer.class);
		accepted(0, "{\"ops\":[{\"item\":1}]}");
		for (int i = 0; i < 3; i++) {
			assertThat(push(0, "{\"ops\":[{\"item\":2}]}", "idempotency-key", "k-1")).isEqualTo(202);
		}
		assertThat(push(0, "{\"ops\":[{\"item\":3},{\"end\":true}]}", "idempotency-key", "k-2")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(1, 2, 3, "end");
	}

	/** A push that was refused is applied when it is repeated. */
	@Test
	void refusedPushMayBeRepeatedWithItsKey() {
		AgentSession session = this.pod.session();
		PushKeys keys = keys("pod1", InstantSource.fixed(Instant.now()));
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.UNDER_WAY);
		keys.hold(session, "a k", keys.failed(session, "a k", 0)).block(RelayFixture.TIMEOUT);
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
		keys.hold(session, "a k", keys.failed(session, "a k", 2)).block(RelayFixture.TIMEOUT);
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(2);
		keys.hold(session, "a k", keys.accepted(session, "a k")).block(RelayFixture.TIMEOUT);
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.ACCEPTED);
	}

	/** The keys of pushes in a pod that shares the session with the present one. */
	private PushKeys keys(String pod, InstantSource clock) {
		Channel other = new Channel();
		other.name = pod;
		return new PushKeys(TestFunction.JSON, other, this.timer, clock);
	}

	private String idOfPush(String key) {
		return this.tokens.check(String.valueOf(callback(0).get("token"))).invocation() + " " + key;
	}

	/**
	 * The repetition of a push is not answered before the outcome of the push is known.
	 */
	@Test
	void pushThatIsUnderWayIsNotTakenForAccepted() {
		detach("items", Integer.class);
		String id = idOfPush("k-1");
		// Until long after the test, if only time freed it.
		PushKeys keys = keys("pod2", () -> Instant.now().plusSeconds(3600));
		keys.take(this.pod.session(), id).block(RelayFixture.TIMEOUT);
		String item = "{\"ops\":[{\"item\":1},{\"end\":true}]}";
		assertThat(push(0, item, "idempotency-key", "k-1")).isEqualTo(503);
		keys.hold(this.pod.session(), id, keys.failed(this.pod.session(), id, 0)).block(RelayFixture.TIMEOUT);
		assertThat(push(0, item, "idempotency-key", "k-1")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(push(0, item, "idempotency-key", "k-1")).isEqualTo(202);
		assertThat(this.items).containsExactly(1, "end");
	}

	/** A pod that lives keeps the key of its push, however long that takes. */
	@Test
	void keyOfAPushIsTakenAsLongAsItsPodRenewsIt() {
		AgentSession session = this.pod.session();
		AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
		PushKeys keys = keys("pod2", now::get);
		PushKeys others = keys("pod3", now::get);
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
		reactor.core.Disposable push = keys.hold(session, "a k", Mono.never()).subscribe();
		for (int i = 0; i < 8; i++) {
			now.updateAndGet((present) -> present.plusSeconds(3));
			this.timer.advanceTimeBy(Duration.ofSeconds(3));
			assertThat(others.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.UNDER_WAY);
		}
		push.dispose();
		now.updateAndGet((present) -> present.plusSeconds(9));
		this.timer.advanceTimeBy(Duration.ofSeconds(9));
		assertThat(others.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.UNDER_WAY);
		now.updateAndGet((present) -> present.plusSeconds(1));
		assertThat(others.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
	}

	/** Other pushes come by the hundred while a push waits for a slow pod. */
	@Test
	void keyOfAPushThatIsUnderWayIsNotForgottenForOthers() {
		AgentSession session = this.pod.session();
		PushKeys others = keys("pod3", InstantSource.fixed(Instant.now()));
		PushKeys keys = keys("pod2", InstantSource.fixed(Instant.now()));
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
		for (int i = 0; i < 300; i++) {
			String key = "a k-" + i;
			assertThat(others.take(session, key).block(RelayFixture.TIMEOUT)).isZero();
			others.hold(session, key, others.accepted(session, key)).block(RelayFixture.TIMEOUT);
		}
		assertThat(others.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.UNDER_WAY);
		keys.hold(session, "a k", keys.accepted(session, "a k")).block(RelayFixture.TIMEOUT);
		assertThat(others.take(session, "a k-299").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.ACCEPTED);
		assertThat(others.take(session, "a k-0").block(RelayFixture.TIMEOUT)).isZero();
		assertThat(others.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.ACCEPTED);
	}

	@Test
	void keysOfPushesThatAreUnderWayAreBounded() {
		AgentSession session = this.pod.session();
		PushKeys keys = keys("pod2", InstantSource.fixed(Instant.now()));
		for (int i = 0; i < 256; i++) {
			assertThat(keys.take(session, "a k-" + i).block(RelayFixture.TIMEOUT)).isZero();
		}
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isEqualTo(PushKeys.UNDER_WAY);
		keys.hold(session, "a k-7", keys.accepted(session, "a k-7")).block(RelayFixture.TIMEOUT);
		assertThat(keys.take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
	}

	/** The pod may have the name that it had before it was started anew. */
	@Test
	void keyThatAnEarlierLifeOfAPodTookIsFree() {
		AgentSession session = this.pod.session();
		assertThat(keys("pod2", InstantSource.system()).take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
		assertThat(keys("pod2", InstantSource.system()).take(session, "a k").block(RelayFixture.TIMEOUT)).isZero();
	}

	/** Actions that replace others take the room of these. */
	@Test
	void actionsThatAreAnnouncedInASessionHaveABoundOfBytes() {
		detach("items", Integer.class);
		String define = "{\"ops\":[{\"define\":{\"name\":\"%s\",\"description\":\"" + "x".repeat(300_000) + "\"}}]}";
		for (String name : List.of("a.one", "a.two", "a.three", "a.one")) {
			assertThat(push(0, define.formatted(name))).isEqualTo(202);
		}
		assertThat(push(0, define.formatted("a.four"))).isEqualTo(400);
		assertThat(push(0, "{\"ops\":[{\"withdraw\":\"a.two\"}]}")).isEqualTo(202);
		assertThat(push(0, define.formatted("a.four"))).isEqualTo(202);
		assertThat(push(0, define.formatted("a.two"))).isEqualTo(400);
	}

	/** No operation is applied when a later one of the same push cannot be. */
	@ParameterizedTest
	@ValueSource(strings = { "{\"define\":{\"name\":\"pay\"}}",
			"{\"define\":{\"name\":\"a.b\",\"url\":\"http://127.0.0.1:1/\"}}" })
	void operationsOfAPushAreCheckedTogether(String bad) {
		this.pod.server.catalog()
			.add(io.agentsocket.action.Action.named("pay").handler((exchange) -> Mono.just("paid")));
		detach("items", Integer.class);
		String event = "{\"event\":\"report.read\",\"payload\":1},";
		assertThat(push(0, "{\"ops\":[" + event + bad + "]}")).isEqualTo(400);
		assertThat(push(0, "{\"ops\":[{\"item\":1}," + bad + "]}")).isEqualTo(400);
		assertThat(push(0, "{\"ops\":[" + event + "{\"item\":2},{\"end\":true}]}")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(2, "end");
		Await.until(() -> !this.events.isEmpty());
		assertThat(this.events).containsExactly("1");
	}

	@Test
	void eventThatTheAgentDoesNotAcceptIsTooLargeTogetherWithTheOthers() {
		Limits limits = Limits.CLIENT;
		this.pod.client.close().block(RelayFixture.TIMEOUT);
		this.pod.connect((builder) -> builder.limits(new Limits(limits.message(), limits.frame(), 1 << 16,
				limits.assembly(), limits.streams(), limits.items(), limits.window(), limits.aliases(), limits.name(),
				limits.metadata(), limits.depth())));
		this.pod.client.events("report.read", JsonNode.class).subscribe((event) -> this.events.add(event.toString()));
		detach("items", Integer.class);
		assertThat(((Map<?, ?>) this.pod.function.calls.get(0).json().get("limits")).get("item")).isEqualTo(1 << 16);
		String large = "{\"event\":\"report.read\",\"payload\":\"" + "a".repeat(70_000) + "\"}";
		assertThat(push(0, "{\"ops\":[{\"event\":\"report.read\",\"payload\":1}," + large + "]}")).isEqualTo(413);
		assertThat(push(0, "{\"ops\":[{\"item\":1}," + large + "]}")).isEqualTo(413);
		assertThat(push(0, "{\"ops\":[{\"event\":\"report.read\",\"payload\":2}]}")).isEqualTo(202);
		Await.until(() -> !this.events.isEmpty());
		assertThat(this.events).containsExactly("2");
	}

	/** The answer may not have reached the pod when the function begins to push. */
	@Test
	void itemsMayComeBeforeTheAnswer() {
		CountDownLatch pushed = new CountDownLatch(1);
		this.pod.function.behaviour = (call) -> {
			pushed.await();
			call.answer(202, null, new byte[0]);
		};
		detach("items", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"item\":1}]}")).isEqualTo(202);
		assertThat(push(0, "{\"ops\":[{\"item\":2},{\"end\":true}]}")).isEqualTo(202);
		pushed.countDown();
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(1, 2, "end");
	}

	/** Nobody can push to it any more: the call does not wait for ever. */
	@Test
	void detachedInvocationEndsWithItsToken() throws IOException {
		CallbackTokens brief = new CallbackTokens(SECRET, TestFunction.JSON, Duration.ofSeconds(1));
		try (RelayFixture other = new RelayFixture((call) -> call.answer(202, null, new byte[0]), RelayListener.NONE,
				(builder) -> builder.callbacks(brief, URI.create("http://pods/callback/"), this.channel))) {
			other.add(other.action("items", ResultShape.ITEMS));
			other.connect()
				.invoke("items")
				.toFlux(Integer.class)
				.subscribe(this.items::add, this.errors::add, () -> this.items.add("end"));
			Await.until(() -> !this.errors.isEmpty());
			ActionException error = (ActionException) this.errors.peek();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
			assertThat(error.hasMaybeRun()).isTrue();
			assertThat(this.items).isEmpty();
			Await.until(() -> other.relays.pushable() == 0);
		}
	}

	@Test
	void itemsThatWaitComeBeforeTheErrorOfAnExpiredToken() {
		OpenInvocations invocations = new OpenInvocations(this.memory);
		Payloads payloads = new Payloads(TestFunction.JSON, TestFunction.JSON, 10_000);
		OpenInvocations.Open open = invocations.begin("i", payloads, ResultShape.ITEMS, (part) -> {
		});
		open.detach();
		List<AnswerPart> one = List.of(payloads.value(Bytes.utf8("1")));
		assertThat(invocations.push("i", null, one, 1)).isEqualTo(OpenInvocations.ACCEPTED);
		open.expire();
		assertThat(invocations.push("i", null, one, 1)).isEqualTo(409);
		assertThat(open.pushed().map(Object.class::cast).onErrorReturn("over").collectList().block(Await.LONG))
			.hasSize(2)
			.last()
			.isEqualTo("over");
		invocations.end("i");
		assertThat(this.memory.held).hasValue(0);
	}

	/** Items say that the function goes on, although its answer got lost. */
	@Test
	void itemsMayComeInPlaceOfAnAnswerThatIsLost() {
		CountDownLatch pushed = new CountDownLatch(1);
		this.pod.function.behaviour = (call) -> {
			pushed.await();
			call.reset();
		};
		detach("items", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"item\":1}]}")).isEqualTo(202);
		pushed.countDown();
		Await.until(() -> !this.items.isEmpty());
		assertThat(push(0, "{\"ops\":[{\"item\":2},{\"end\":true}]}")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(1, 2, "end");
		assertThat(this.pod.function.calls).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void itemsOfAnInvocationThatIsNotDetachedAreAnError(boolean envelope) {
		CountDownLatch pushed = new CountDownLatch(1);
		this.pod.function.behaviour = (call) -> {
			pushed.await();
			if (envelope) {
				call.envelope("{\"result\":[5]}");
			}
			else {
				call.json("[5]");
			}
		};
		detach("items", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"item\":1}]}")).isEqualTo(202);
		pushed.countDown();
		Await.until(() -> !this.errors.isEmpty());
		ActionException error = (ActionException) this.errors.peek();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(error.hasMaybeRun()).isTrue();
	}

	/** A double has no room for such numbers, and no agent gets infinity. */
	@Test
	void progressOfANumberThatIsTooLargeIsMalformed() {
		detach("items", Object.class);
		String large = "1" + "0".repeat(400);
		for (String progress : List.of("[" + large + "]", "[1," + large + "]", "[1e400]", "[-" + large + "]")) {
			assertThat(push(0, "{\"ops\":[{\"progress\":" + progress + "}]}")).as(progress).isEqualTo(400);
		}
		assertThat(push(0, "{\"ops\":[{\"progress\":[1,2]},{\"end\":true}]}")).isEqualTo(202);
	}

	@Test
	void valueIsPushedOnce() {
		detach("value", Integer.class);
		assertThat(push(0, "{\"ops\":[{\"item\":1},{\"item\":2}]}")).isEqualTo(400);
		assertThat(push(0, "{\"ops\":[{\"item\":3}]}")).isEqualTo(202);
		assertThat(push(0, "{\"ops\":[{\"item\":4},{\"end\":true}]}")).isEqualTo(400);
		assertThat(push(0, "{\"ops\":[{\"end\":true}]}")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(3, "end");
	}

	/** Bytes that wait count, whatever the operations that hold them are. */
	@ParameterizedTest
	@ValueSource(strings = { "{\"item\":\"%s\"}", "{\"event\":\"report.read\",\"payload\":\"%s\"}",
			"{\"progress\":[1,2,\"%s\"]}" })
	void bytesThatWaitAreBounded(String operation) {
		CountDownLatch over = new CountDownLatch(1);
		this.pod.function.behaviour = (call) -> {
			over.await();
			call.answer(202, null, new byte[0]);
		};
		detach("items", Object.class);
		String push = "{\"ops\":[" + operation.formatted("a".repeat(1_000_000)) + ",{\"item\":1}]}";
		for (int i = 0; i < 4; i++) {
			assertThat(push(0, push)).isEqualTo(202);
		}
		assertThat(push(0, push)).isEqualTo(429);
		over.countDown();
		Await.until(() -> push(0, push) == 202);
	}

	@ParameterizedTest
	@ValueSource(strings = { "items", "text", "value" })
	void itemThatExceedsTheLimitIsTooLarge(String action) {
		this.pod.add(
				new FunctionSettings("small", this.pod.function.url(), List.of(), Map.of(), RelayFixture.TIMES, 50, 3,
						1000, false, true, List.of(), FunctionSettings.Upkeep.NONE),
				this.pod.action("small." + action, ResultShape.valueOf(action.toUpperCase(Locale.ROOT))));
		detach("small." + action, String.class);
		Map<?, ?> limits = (Map<?, ?>) this.pod.function.calls.get(0).json().get("limits");
		assertThat(limits.get("item")).isEqualTo(1000);
		String kind = action.equals("text") ? "text" : "item";
		assertThat(push(0, "{\"ops\":[{\"" + kind + "\":\"" + "a".repeat(1001) + "\"}]}")).isEqualTo(413);
		assertThat(push(0, "{\"ops\":[{\"" + kind + "\":\"" + "a".repeat(900) + "\"},{\"end\":true}]}")).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).hasSize(2);
	}

	@Test
	void agentThatTakesNothingFillsTheWindow() {
		this.pod.client.invoke("items").toFlux(Integer.class).subscribe(new reactor.core.publisher.BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
				subscription.request(1);
			}

		});
		Await.until(() -> this.pod.function.calls.size() == 1);
		accepted(0, "{\"ops\":[{\"item\":1}]}");
		String many = "{\"ops\":[" + "{\"item\":7},".repeat(99) + "{\"item\":8}]}";
		Await.until(() -> push(0, many) == 429);
		HttpResponse<String> refused = push(String.valueOf(callback(0).get("token")), this.pod.client.sessionId(),
				"application/json", many.getBytes(StandardCharsets.UTF_8));
		assertThat(refused.headers().firstValue("retry-after")).isPresent();
	}

	@ParameterizedTest
	@CsvSource({ "PUT,application/json,405", "POST,application/json,401", "POST,text/plain,401" })
	void connectionGoesOnAfterRefusalsWhoseBodiesComeLate(String method, String type, int status) throws IOException {
		byte[] body = new byte[100_000];
		String head = method + " /callback/sessions/none/frames HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " + type
				+ "\r\nContent-Length: " + body.length + "\r\n\r\n";
		List<Integer> answers = List.of();
		// A connection ends whose body is away for too long, as on a machine that stands
		// still.
		for (int i = 0; i < 5 && answers.size() < 3; i++) {
			answers = answersOfOneConnection(head, body);
		}
		assertThat(answers).containsExactly(status, status, status);
	}

	private List<Integer> answersOfOneConnection(String head, byte[] body) throws IOException {
		List<Integer> statuses = new ArrayList<>();
		try (PlainSocket socket = new PlainSocket(this.endpoint.port(), Await.LONG)) {
			BufferedReader answers = new BufferedReader(
					new InputStreamReader(socket.socket().getInputStream(), StandardCharsets.US_ASCII));
			for (int i = 0; i < 3; i++) {
				socket.sendBytes(head.getBytes(StandardCharsets.US_ASCII));
				socket.sendBytes(Arrays.copyOf(body, body.length / 2));
				socket.sendBytes(Arrays.copyOf(body, body.length / 2));
				String first = answers.readLine();
				if (first == null) {
					return statuses;
				}
				statuses.add(statusOfNext(first, answers));
			}
		}
		catch (SocketException ex) {
			// The connection is gone.
		}
		return statuses;
	}

	private static int statusOfNext(String first, BufferedReader answers) throws IOException {
		assertThat(first).as("the status line").startsWith("HTTP/1.1 ");
		int length = 0;
		for (String line = answers.readLine(); !line.isEmpty(); line = answers.readLine()) {
			if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
				length = Integer.parseInt(line.substring(15).strip());
			}
		}
		assertThat(length).isPositive();
		for (int i = 0; i < length; i++) {
			assertThat(answers.read()).isPositive();
		}
		return Integer.parseInt(first.substring(9, 12));
	}

	@Test
	void sessionThatItsAgentHasEndedIsGone() {
		detach("items", Integer.class);
		String session = this.pod.client.sessionId();
		String token = String.valueOf(callback(0).get("token"));
		this.pod.client.close().block(RelayFixture.TIMEOUT);
		byte[] event = "{\"ops\":[{\"event\":\"report.read\"}]}".getBytes(StandardCharsets.UTF_8);
		assertThat(push(token, session, "application/json", event).statusCode()).isEqualTo(410);
	}

	@Test
	void endedSessionIsGone() {
		detach("items", Integer.class);
		String session = this.pod.client.sessionId();
		String token = String.valueOf(callback(0).get("token"));
		this.pod.session().end().block(RelayFixture.TIMEOUT);
		assertThat(push(token, session, "application/json",
				"{\"ops\":[{\"event\":\"report.read\"}]}".getBytes(StandardCharsets.UTF_8))
			.statusCode()).isEqualTo(410);
	}

	@Test
	void tokensAreForOneSessionAndOneTime() {
		detach("items", Integer.class);
		String session = this.pod.client.sessionId();
		String token = String.valueOf(callback(0).get("token"));
		byte[] body = "{\"ops\":[{\"event\":\"report.read\"}]}".getBytes(StandardCharsets.UTF_8);
		String json = "application/json";
		assertThat(push(token, session, json, body).statusCode()).isEqualTo(202);
		assertThat(push(token, "another", json, body).statusCode()).isEqualTo(404);
		assertThat(push(token, "", json, body).statusCode()).isEqualTo(404);
		assertThat(push(token + "x", session, json, body).statusCode()).isEqualTo(401);
		assertThat(push("", session, json, body).statusCode()).isEqualTo(401);
		assertThat(push("a.b.c", session, json, body).statusCode()).isEqualTo(401);
		String none = "eyJhbGciOiJub25lIn0" + token.substring(token.indexOf('.'), token.lastIndexOf('.') + 1);
		assertThat(push(none, session, json, body).statusCode()).isEqualTo(401);
		CallbackTokens.Grant grant = this.tokens.check(token);
		CallbackTokens.Grant old = new CallbackTokens.Grant(session, "shop", grant.invocation(), "items", grant.pod(),
				grant.scopes(), Instant.now().getEpochSecond() - 1);
		assertThat(push(this.tokens.issue(old), session, json, body).statusCode()).isEqualTo(401);
		CallbackTokens forger = new CallbackTokens(
				"another secret of thirty-two bytes".getBytes(StandardCharsets.US_ASCII), TestFunction.JSON,
				Duration.ofMinutes(15));
		assertThat(push(forger.issue(grant), session, json, body).statusCode()).isEqualTo(401);
		assertThat(push(token, session, json, new byte[1_200_000]).statusCode()).isEqualTo(413);
		CallbackTokens.Grant gone = new CallbackTokens.Grant(session, "another", grant.invocation(), "items",
				grant.pod(), grant.scopes(), grant.expiry());
		assertThat(push(this.tokens.issue(gone), session, json, body).statusCode()).isEqualTo(404);
	}

	static Stream<String> pushes() {
		return FILE.get("pushes").valueStream().map((vector) -> vector.get("id").asString());
	}

	@ParameterizedTest
	@MethodSource("pushes")
	void pushIsAnsweredAsTheVectorsSay(String id) {
		JsonNode vector = FILE.get("pushes")
			.valueStream()
			.filter((each) -> each.get("id").asString().equals(id))
			.findFirst()
			.orElseThrow();
		String action = vector.path("result").asString("items");
		boolean early = vector.path("early").asBoolean(false);
		CountDownLatch pushed = new CountDownLatch(1);
		boolean detached = vector.get("detached").asBoolean();
		if (!detached) {
			this.pod.function.behaviour = (call) -> call.stream(Answers.FRAMES).chunk(new byte[] { 0x4a, 1, 1, '7' });
		}
		else if (early) {
			this.pod.function.behaviour = (call) -> {
				pushed.await();
				call.answer(202, null, new byte[0]);
			};
		}
		detach(action, Integer.class);
		if (vector.has("before")) {
			accepted(0, vector.get("before").asString());
		}
		else if (detached && !early) {
			accepted(0, "{\"ops\":[{\"event\":\"report.read\"}]}");
		}
		else if (!detached) {
			Await.until(() -> !this.items.isEmpty());
		}
		CallbackTokens.Grant grant = this.tokens.check(String.valueOf(callback(0).get("token")));
		Set<String> scopes = Set.copyOf(vector.get("scope").valueStream().map(JsonNode::asString).toList());
		String token = this.tokens.issue(new CallbackTokens.Grant(grant.session(), "shop", grant.invocation(), action,
				grant.pod(), scopes, grant.expiry()));
		byte[] body = vector.has("hex") ? HexFormat.of().parseHex(vector.get("hex").asString())
				: vector.get("text").asString().getBytes(StandardCharsets.UTF_8);
		assertThat(push(token, this.pod.client.sessionId(), vector.get("contentType").asString(), body).statusCode())
			.isEqualTo(vector.get("status").asInt());
		pushed.countDown();
		if (early) {
			Await.until(() -> this.items.contains("end"));
			assertThat(this.items).containsExactly(1, 2, "end");
		}
	}

	/** The pod that runs the invocation gets the push, whichever pod it has come to. */
	@Test
	void pushReachesTheInvocationFromAnotherPod() throws IOException {
		detach("items", Integer.class);
		accepted(0, "{\"ops\":[{\"item\":1}]}");
		CallbackTokens.Grant grant = this.tokens.check(String.valueOf(callback(0).get("token")));
		Channel other = new Channel();
		other.name = "pod2";
		other.peer = this.channel;
		this.channel.peer = other;
		Callbacks there = new Callbacks(this.tokens, URI.create("http://pods"), other, RelayFixture.codecs(),
				RelayMemory.UNBOUNDED, reactor.core.scheduler.Schedulers.parallel());
		AnswerHead head = new AnswerHead(200, "application/json", null, null);
		Bytes body = Bytes.utf8("{\"ops\":[{\"item\":2},{\"end\":true}]}");
		List<AnswerPart> parts = there.reader().read(head, body, 1000);
		assertThat(there.push(grant, head, body, parts, null).block(RelayFixture.TIMEOUT)).isEqualTo(202);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(1, 2, "end");
		assertThat(there.push(grant, head, body, parts, null).block(RelayFixture.TIMEOUT)).isEqualTo(409);
		other.alive = false;
		assertThat(there.push(grant, head, body, parts, null).block(RelayFixture.TIMEOUT)).isEqualTo(409);
	}

	/** The answer of the other pod is lost: the push is repeated with its key. */
	@Test
	void pushWhoseAnswerOfAnotherPodIsLostIsNotAppliedAgain() throws IOException {
		detach("items", Integer.class);
		accepted(0, "{\"ops\":[{\"item\":1}]}");
		CallbackTokens.Grant grant = this.tokens.check(String.valueOf(callback(0).get("token")));
		Channel other = new Channel();
		other.name = "pod2";
		other.peer = this.channel;
		this.channel.peer = new Channel();
		this.channel.peer.receiver = (message) -> {
		};
		TestMemory held = new TestMemory();
		VirtualTimeScheduler time = VirtualTimeScheduler.create();
		Callbacks there = new Callbacks(this.tokens, URI.create("http://pods"), other, RelayFixture.codecs(), held,
				time);
		AnswerHead head = new AnswerHead(200, "application/json", null, null);
		Bytes body = Bytes.utf8("{\"ops\":[{\"item\":2}]}");
		List<AnswerPart> parts = there.reader().read(head, body, 1000);
		Mono<Integer> lost = there.push(grant, head, body, parts, "k").cache();
		lost.subscribe();
		// As it came, as a copy, and in the message.
		assertThat(held.held).hasValue(3 * body.length());
		time.advanceTimeBy(Duration.ofSeconds(6));
		assertThat(lost.block(RelayFixture.TIMEOUT)).isEqualTo(503);
		assertThat(held.held).hasValue(0);
		held.most = 3 * body.length() - 1;
		assertThat(there.push(grant, head, body, parts, "k").block(RelayFixture.TIMEOUT)).isEqualTo(429);
		held.most = Integer.MAX_VALUE;
		this.channel.peer = other;
		assertThat(there.push(grant, head, body, parts, "k").block(RelayFixture.TIMEOUT)).isEqualTo(202);
		Bytes end = Bytes.utf8("{\"ops\":[{\"end\":true}]}");
		List<AnswerPart> last = there.reader().read(head, end, 1000);
		for (int i = 0; i < 2; i++) {
			assertThat(there.push(grant, head, end, last, "l").block(RelayFixture.TIMEOUT)).isEqualTo(202);
			Await.until(() -> this.items.contains("end") && this.pod.relays.pushable() == 0);
		}
		assertThat(this.items).containsExactly(1, 2, "end");
	}

	private static final class Channel implements PodChannel {

		private volatile String name = "pod1";

		private volatile boolean alive = true;

		private volatile Channel peer;

		private volatile Consumer<Bytes> receiver;

		@Override
		public String pod() {
			return this.name;
		}

		@Override
		public boolean isAlive(String pod) {
			return this.alive;
		}

		@Override
		public boolean isGone(String pod) {
			return !this.alive;
		}

		@Override
		public Mono<Void> send(String pod, Bytes message) {
			return Mono.fromRunnable(() -> this.peer.receiver.accept(message));
		}

		@Override
		public void onMessage(Consumer<Bytes> receiving) {
			this.receiver = receiving;
		}

	}

}
