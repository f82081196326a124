package io.agentsocket.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.fuzz.Seeds;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A fuzzer of a server behind a real socket. An input is a conversation, see
 * {@link SocketConversation}. Whatever it says, the server stays alive and answers
 * another agent, writes no inside of itself on the wire and no stack trace into the log,
 * and afterwards it has no connection, no session, no running action and no buffer more
 * than before.
 */
public final class SocketFuzz {

	/** Soon enough for an agent that comes back at once. */
	private static final Duration IDLE_TIMEOUT = Duration.ofMillis(20);

	/** Garbage collections show buffers that were forgotten. */
	private static final int COLLECT_EVERY = 256;

	/**
	 * Number of inputs after which sessions have to be gone: waiting for them takes
	 * longer than all else.
	 */
	private static final int LOOK_EVERY = Integer.getInteger("fuzz.look-every", 16);

	/** From the first input until it is closed. */
	private static @Nullable SocketFuzz instance;

	private final AtomicInteger running = new AtomicInteger();

	private final AtomicInteger inputs = new AtomicInteger();

	private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();

	/** Inputs that led to the sessions which were open last. */
	private final Map<String, byte[]> origins = new LinkedHashMap<>();

	private final Complaints appender = new Complaints();

	private final TestServer server;

	private final AgentSocketClient bystander;

	private SocketFuzz() {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.idleTimeout(IDLE_TIMEOUT)
			.unconfirmedTimeout(IDLE_TIMEOUT)
			.closeTimeout(Duration.ofMillis(500))
			.maxConnectionAge(Duration.ofHours(2))
			.build();
		this.server = new TestServer(settings, (builder) -> builder.interceptor(new Count()), actions());
		// With Jazzer this loads and instruments the classes of both ends, on a busy
		// machine for long.
		this.bystander = AgentSocketClient.builder(this.server.uri()).connectTimeout(Await.LONG).build();
		this.bystander.connect().block(Await.LONG);
		this.appender.start();
		root().addAppender(this.appender);
	}

	private static Logger root() {
		return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
	}

	private static synchronized SocketFuzz instance() {
		SocketFuzz present = (instance != null) ? instance : new SocketFuzz();
		instance = present;
		return present;
	}

	/** Leave nothing to the tests behind: there are no more inputs. */
	static synchronized void close() {
		SocketFuzz last = instance;
		instance = null;
		if (last != null) {
			root().detachAppender(last.appender);
			last.bystander.close().block(Await.LONG);
			last.server.close();
		}
	}

	private static Action[] actions() {
		return new Action[] {
				Action.named("test.hold").items(Map.of()).result(ResultShape.ITEMS).handler((exchange) -> Flux.never()),
				Action.named("test.slow").result(ResultShape.ITEMS).handler((exchange) -> Flux.never()),
				Action.named("test.ask")
					.handler((exchange) -> exchange.invoke("as.ask")
						.arguments(Map.of("prompt", "Which?"))
						.toMono(Object.class)),
				Action.named("test.echo")
					.handler((exchange) -> Mono.justOrEmpty(exchange.<Object>arguments(Object.class))),
				Action.named("test.fail").handler((exchange) -> Mono.error(new ActionException(300, "no"))),
				Action.named("test.sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class).reduce(0, Integer::sum)),
				Action.named("test.tokens")
					.result(ResultShape.TEXT)
					.handler((exchange) -> Flux.range(0, 1000).map((i) -> "tok" + i + " ")) };
	}

	/**
	 * Check one input. Called by Jazzer under this name.
	 * @param input the input
	 * @throws Exception if the server cannot be reached
	 */
	public static void fuzzerTestOneInput(byte[] input) throws Exception {
		instance().check(input);
	}

	/** Conversations of the golden vectors, by their names. */
	static Map<String, byte[]> seeds() {
		Map<String, byte[]> seeds = new LinkedHashMap<>();
		Seeds.conversations()
			.forEach((name, messages) -> seeds.put(name, SocketConversation.of(messages, name.hashCode())));
		return seeds;
	}

	private synchronized void check(byte[] input) throws IOException {
		SocketConversation conversation = new SocketConversation(input);
		conversation.run(this.server.port());
		noInside(conversation);
		Object answer = this.bystander.invoke("test.echo")
			.arguments(Map.of("n", this.inputs.get()))
			.toMono(Object.class)
			.block(Await.LONG);
		require("another agent is answered", Map.of("n", this.inputs.get()).equals(answer), String.valueOf(answer));
		Await.until("connections close", () -> this.server.server().connections() == 1);
		this.server.server().sessions().forEach((session) -> this.origins.putIfAbsent(session.id(), input));
		int count = this.inputs.incrementAndGet();
		if (count % COLLECT_EVERY == 0) {
			System.gc();
		}
		if (count % LOOK_EVERY == 0) {
			nothingLeft();
		}
		List<String> said = new ArrayList<>(this.complaints);
		this.complaints.clear();
		require("nothing is complained about in the log", said.isEmpty(), said.toString());
	}

	private void nothingLeft() {
		Await.until("sessions end: " + this.origins.size(), () -> this.server.server().sessions().size() == 1);
		Await.until("actions end", () -> this.running.get() == 0);
		this.origins.clear();
		Await.untilAsserted(() -> {
			ServerLoad load = this.server.server().operators().load();
			require("nothing is counted any more",
					load.served() == 0 && load.invoked() == 0 && load.queued() == 0 && load.detached() == 0,
					load.toString());
		});
	}

	/** Words of the inside that the input did not contain. */
	private static void noInside(SocketConversation conversation) {
		for (String word : new String[] { "Exception", "io.agentsocket", "java.", "jackson", "reactor.", "netty",
				"Throwable" }) {
			require("the wire shows nothing of the inside",
					!conversation.received().contains(word) || conversation.sent().contains(word),
					conversation.received());
		}
	}

	private static void require(String what, boolean condition, String seen) {
		if (!condition) {
			throw new AssertionError("Not so: " + what + "; " + seen);
		}
	}

	/** Counts actions that run. */
	private final class Count implements ActionInterceptor {

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return Flux.from(chain.proceed(exchange))
				.doOnSubscribe((subscription) -> SocketFuzz.this.running.incrementAndGet())
				.doFinally((signal) -> SocketFuzz.this.running.decrementAndGet());
		}

	}

	/** Leaks, and whatever has a stack trace. */
	private final class Complaints extends AppenderBase<ILoggingEvent> {

		@Override
		protected void append(ILoggingEvent event) {
			// A client of Redis is none of this server, but of tests before it in the
			// JVM.
			if (event.getLevel().isGreaterOrEqual(Level.WARN) && !event.getFormattedMessage().contains("io.lettuce.")
					&& (event.getThrowableProxy() != null || event.getFormattedMessage().startsWith("LEAK"))) {
				SocketFuzz.this.complaints.add(
						event.getFormattedMessage() + " "
								+ ((event.getThrowableProxy() != null)
										? event.getThrowableProxy().getClassName() + ": "
												+ event.getThrowableProxy().getMessage() + " "
												+ Arrays.toString(
														event.getThrowableProxy().getStackTraceElementProxyArray())
										: ""));
			}
		}

	}

}
