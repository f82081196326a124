package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.Answers;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.StoredValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.ReactiveHashCommands;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReactiveScriptingCommands;
import org.springframework.data.redis.connection.ReactiveStringCommands;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;

/**
 * Commands whose replies come, and whose signals are lost by the driver.
 */
@WithRedis
class LostSignalsTests {

	private static final Duration ATTEMPT = Duration.ofSeconds(5);

	private static final String ID = "lost";

	private LettuceConnectionFactory real;

	private ReactiveRedisConnection connection;

	private final ReactiveRedisConnectionFactory factory = mock(ReactiveRedisConnectionFactory.class);

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private final Answers answers = new Answers(ATTEMPT, this.timer);

	@BeforeEach
	void connect(LocalRedis redis) {
		this.real = Connections.to(redis);
		ReactiveRedisConnection theirs = this.real.getReactiveConnection();
		this.connection = mock(ReactiveRedisConnection.class, delegatesTo(theirs));
		given(this.factory.getReactiveConnection()).willReturn(this.connection);
	}

	@AfterEach
	void disconnect() {
		this.timer.dispose();
		this.real.destroy();
	}

	/**
	 * The time of an answer passes, as often as it takes until its timer is there. Only a
	 * lost one is waited for then.
	 */
	private void passUntil(BooleanSupplier enough) {
		Await.until(() -> {
			this.timer.advanceTimeBy(ATTEMPT);
			return enough.getAsBoolean();
		});
	}

	private SessionAttributes create(SessionAttributes attributes) {
		attributes
			.create(new SessionState(ID, "l", 1, "ann", new AgentInfo("agent", "1"), "cbor", Instant.now()),
					Duration.ofMinutes(1))
			.block(Await.LONG);
		attributes.write(ID, "n", 1).block(Await.LONG);
		return attributes;
	}

	/** The driver may never go on with a hash that it hands out field by field. */
	@Test
	void hashIsReadAsAWhole() {
		ReactiveHashCommands hashes = mock(ReactiveHashCommands.class, delegatesTo(this.connection.hashCommands()));
		willAnswer((call) -> Flux.error(new IllegalStateException("field by field"))).given(hashes)
			.hGetAll(any(ByteBuffer.class));
		given(this.connection.hashCommands()).willReturn(hashes);
		SessionAttributes attributes = create(RedisSessionAttributes.create(this.factory, "test", new JsonMapper()));
		Map<String, Object> loaded = attributes.load(ID).block(Await.LONG);
		assertThat(loaded).containsOnlyKeys("n");
		attributes.release(ID);
		attributes.write(ID, "n", null).block(Await.LONG);
		assertThat(attributes.load(ID).block(Await.LONG)).isEmpty();
	}

	private AttributeSwap swap() {
		create(RedisSessionAttributes.create(this.real, "test", new JsonMapper()));
		return new AttributeSwap(this.factory, "test", new AttributeSerializer(new JsonMapper()), this.answers);
	}

	private static int number(Object value) {
		return (value instanceof StoredValue stored) ? stored.as(Integer.class) : (Integer) value;
	}

	private CompletableFuture<Integer> increment(AttributeSwap swap) {
		return swap.update(ID, "n", (before) -> number(before) + 1).map(LostSignalsTests::number).toFuture();
	}

	@Test
	void attributeIsReadAgain() {
		AttributeSwap swap = swap();
		AtomicInteger reads = new AtomicInteger();
		ReactiveHashCommands hashes = mock(ReactiveHashCommands.class, delegatesTo(this.connection.hashCommands()));
		ReactiveHashCommands theirs = this.connection.hashCommands();
		willAnswer((call) -> {
			Mono<ByteBuffer> answer = theirs.hGet(call.getArgument(0), call.getArgument(1));
			return (reads.incrementAndGet() == 1) ? answer.then(Mono.never()) : answer;
		}).given(hashes).hGet(any(ByteBuffer.class), any(ByteBuffer.class));
		given(this.connection.hashCommands()).willReturn(hashes);
		CompletableFuture<Integer> updated = increment(swap);
		Await.until(() -> reads.get() == 1);
		passUntil(() -> reads.get() > 1);
		assertThat(updated).succeedsWithin(Await.LONG).isEqualTo(2);
	}

	/** Runs scripts by their text, and loses the signal of the first run. */
	private AtomicInteger scriptsThatLoseASignal(Script script) {
		AtomicInteger runs = new AtomicInteger();
		ReactiveScriptingCommands theirs = this.connection.scriptingCommands();
		ReactiveScriptingCommands scripts = mock(ReactiveScriptingCommands.class, delegatesTo(theirs));
		willAnswer((call) -> {
			Object[] arguments = call.getArguments();
			ByteBuffer[] all = new ByteBuffer[arguments.length - 3];
			System.arraycopy(arguments, 3, all, 0, all.length);
			Flux<Object> answer = theirs.eval(script.bytes(), call.getArgument(1), call.getArgument(2), all);
			return (runs.incrementAndGet() == 1) ? answer.thenMany(Flux.never()) : answer;
		}).given(scripts).evalSha(anyString(), any(), anyInt(), any(ByteBuffer[].class));
		given(this.connection.scriptingCommands()).willReturn(scripts);
		return runs;
	}

	private <T> void assertMadeAgain(AtomicInteger runs, CompletableFuture<T> answer, T expected) {
		Await.until(() -> runs.get() == 1);
		passUntil(() -> runs.get() > 1);
		assertThat(answer).succeedsWithin(Await.LONG).isEqualTo(expected);
	}

	@Test
	void changeWhoseSignalIsLostIsMadeOnce() {
		AttributeSwap swap = swap();
		AtomicInteger runs = scriptsThatLoseASignal(AttributeSwap.SWAP);
		assertMadeAgain(runs, increment(swap), 2);
		assertThat(increment(swap)).succeedsWithin(Await.LONG).isEqualTo(3);
	}

	@Test
	void sessionIsLookedUpAgain() {
		SessionState state = new SessionState(UUID.randomUUID().toString(), "l", 1, "eve", new AgentInfo("agent", "1"),
				"cbor", Instant.ofEpochMilli(1));
		RedisSessionStore there = new RedisSessionStore(this.real, "test");
		there.open(state, "owner", "hash", Duration.ofMinutes(1)).block(Await.LONG);
		RedisSessionStore store = new RedisSessionStore(this.factory, "test", null, this.answers);
		assertMadeAgain(scriptsThatLoseASignal(SessionScripts.FIND), store.find(state.id()).toFuture(), state);
		assertMadeAgain(scriptsThatLoseASignal(SessionScripts.OWNER), store.owner(state.id()).toFuture(), "owner");
		assertMadeAgain(scriptsThatLoseASignal(PrincipalIndex.LIST), store.sessions("eve").collectList().toFuture(),
				List.of(state.id()));
	}

	/** The calls of a follower, and the end of a session, wait for these answers. */
	@Test
	void inboxIsReadAgainAndASessionIsEndedAgain() {
		SessionState state = new SessionState(UUID.randomUUID().toString(), "l", 1, null, new AgentInfo("agent", "1"),
				"cbor", Instant.ofEpochMilli(1));
		RedisSessionStore there = new RedisSessionStore(this.real, "test");
		there.open(state, "owner", "hash", Duration.ofMinutes(1)).block(Await.LONG);
		RedisSessionStore store = new RedisSessionStore(this.factory, "test", null, this.answers);
		Bytes message = Bytes.utf8("m");
		AtomicInteger pushes = scriptsThatLoseASignal(SessionScripts.PUSH);
		CompletableFuture<String> pushed = store.push(state.id(), message).toFuture();
		Await.until(() -> pushes.get() == 1);
		Await.until(() -> !there.pull(state.id(), "owner", 0).block(Await.LONG).messages().isEmpty());
		failsForWantOfAnAnswer(pushed);
		assertThat(pushes).hasValue(1);
		assertMadeAgain(scriptsThatLoseASignal(SessionScripts.PULL),
				store.pull(state.id(), "owner", 0).map((inbox) -> inbox.messages().size()).toFuture(), 1);
		AtomicInteger keeps = scriptsThatLoseASignal(SessionScripts.KEEP);
		CompletableFuture<Void> kept = store.keep(state.id(), "owner", Duration.ofMinutes(1)).toFuture();
		Await.until(() -> keeps.get() == 1);
		failsForWantOfAnAnswer(kept);
		assertThat(keeps).hasValue(1);
		assertMadeAgain(scriptsThatLoseASignal(SessionScripts.END),
				store.end(state.id(), "owner", 0).thenReturn("ended").toFuture(), "ended");
		assertThat(there.owner(state.id()).blockOptional(Await.LONG)).isEmpty();
	}

	@Test
	void valueIsTakenOnceAndTheWaitEnds() {
		ReactiveStringCommands theirs = this.connection.stringCommands();
		ReactiveStringCommands strings = mock(ReactiveStringCommands.class, delegatesTo(theirs));
		AtomicInteger takes = new AtomicInteger();
		willAnswer((call) -> {
			takes.incrementAndGet();
			return theirs.getDel(call.getArgument(0, ByteBuffer.class)).then(Mono.never());
		}).given(strings).getDel(any(ByteBuffer.class));
		willAnswer((call) -> Mono.never()).given(strings).pSetEX(eq(Values.of("test:once:kept")), any(), any());
		given(this.connection.stringCommands()).willReturn(strings);
		RedisOneTimeValues values = new RedisOneTimeValues(this.factory, "test", this.answers);
		Duration ttl = Duration.ofMinutes(1);
		values.put("taken", Bytes.utf8("value"), ttl).block(Await.LONG);
		CompletableFuture<Bytes> taken = values.take("taken").toFuture();
		Await.until(() -> takes.get() == 1);
		failsForWantOfAnAnswer(taken);
		assertThat(takes).hasValue(1);
		failsForWantOfAnAnswer(values.put("kept", Bytes.utf8("value"), ttl).toFuture());
	}

	private void failsForWantOfAnAnswer(CompletableFuture<?> answer) {
		passUntil(answer::isDone);
		assertThatThrownBy(answer::join).hasCauseInstanceOf(TimeoutException.class);
	}

}
