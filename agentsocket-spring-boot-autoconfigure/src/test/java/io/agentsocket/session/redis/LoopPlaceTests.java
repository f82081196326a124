package io.agentsocket.session.redis;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.StoredSession.LogEntry;
import io.lettuce.core.ClientOptions;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests of {@link LoopPlace}: connections of event loops break, come back and end, each
 * with a Redis, a client and event loops of its own.
 */
@WithRedis
class LoopPlaceTests {

	/** Redis answers within it, also on a busy machine. */
	private static final Duration SHORT = Duration.ofSeconds(2);

	private static final Duration PATIENCE = Await.LONG;

	private static final String NAME = "agents-of-a-place";

	private final OwnLoops own = new OwnLoops("places");

	private final RedisStandaloneConfiguration where = new RedisStandaloneConfiguration();

	private LocalRedis redis;

	private LoopResources resources;

	private EventLoop loop;

	private LoopConnections loops;

	private RedisSessionStore store;

	@BeforeEach
	void start() {
		this.redis = this.own.closed(LocalRedis.open());
		Assumptions.assumeTrue(this.redis.owned(), "a given Redis is not broken");
		this.where.setHostName(this.redis.host());
		this.where.setPort(this.redis.port());
		this.resources = this.own.resources(1);
		this.loop = this.resources.onServer(true).next();
	}

	@AfterEach
	void end() throws Exception {
		this.own.close();
	}

	private void connect(Duration timeout, ClientOptions options) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory(this.where,
				LettuceClientConfiguration.builder()
					.commandTimeout(timeout)
					.clientOptions(options)
					.clientName(NAME)
					.build());
		this.own.start(factory);
		this.loops = this.own.connections(factory);
		this.store = new RedisSessionStore(factory, "places", this.loops);
		Await.until("a connection of the event loop", () -> connection(this.loop) != null);
	}

	private LoopConnection connection(EventLoop at) {
		return OwnLoops.on(at, this.loops::here);
	}

	private List<String> connections() {
		return this.redis.command("CLIENT", "LIST").lines().filter((line) -> line.contains("name=" + NAME)).toList();
	}

	/** Ends the connections of the application, and of its event loops. */
	private void kill() {
		this.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
	}

	private CompletableFuture<Void> commit(long number) {
		return this.store
			.commit("one", "a/1",
					new Commit(number, 1, number, number - 1,
							List.of(new LogEntry(number, number, Bytes.utf8("frames"))), Map.of(), Set.of(), 0, null))
			.subscribeOn(Schedulers.fromExecutor(this.loop))
			.toFuture();
	}

	private static void await(CompletableFuture<Void> commit) {
		Mono.fromFuture(commit).block(PATIENCE);
	}

	/** A shared thread has the loader of whatever application made it. */
	@Test
	void connectionIsMadeThoughTheThreadHasTheLoaderOfAnApplicationThatHasEnded() {
		ClassLoader ended = new ClassLoader(null) {

			@Override
			public Enumeration<URL> getResources(String name) {
				throw new IllegalStateException("This application has ended");
			}

		};
		Schedulers.onScheduleHook("ended", (task) -> () -> {
			Thread.currentThread().setContextClassLoader(ended);
			try {
				task.run();
			}
			finally {
				Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
			}
		});
		try {
			connect(PATIENCE, ClientOptions.create());
		}
		finally {
			Schedulers.resetOnScheduleHook("ended");
		}
	}

	@Test
	void brokenConnectionIsMadeAnewAlthoughTheApplicationDoesNotConnectAgain() {
		connect(PATIENCE, ClientOptions.builder().autoReconnect(false).build());
		LoopConnection first = connection(this.loop);
		kill();
		Await.until("the connection is seen to be broken", () -> !first.isOpen());
		Await.until("another one", () -> connection(this.loop) != null);
		OwnLoops.open(this.store);
		await(commit(1));
	}

	@Test
	void connectionComesBackAfterAnOutage() {
		connect(PATIENCE, ClientOptions.create());
		this.redis.stop();
		Await.until("the connection is seen to be broken", () -> connection(this.loop) == null);
		this.redis.start();
		Await.until("another one", () -> connection(this.loop) != null);
		OwnLoops.open(this.store);
		await(commit(1));
	}

	/** The step takes the shared connection then, if that is back sooner. */
	@Test
	void stepThatWaitsFailsWhenTheConnectionBreaks() {
		connect(PATIENCE, ClientOptions.create());
		OwnLoops.open(this.store);
		LoopConnection first = connection(this.loop);
		this.redis.pause();
		CompletableFuture<Void> commit = commit(1);
		// It is on its way when this has run.
		OwnLoops.on(this.loop, () -> null);
		this.redis.stop();
		Await.until("the step fails, although nothing is connected again", commit::isCompletedExceptionally);
		assertThat(first.isOpen()).isFalse();
	}

	@Test
	void connectionThatDoesNotAnswerIsClosed() {
		connect(SHORT, ClientOptions.create());
		OwnLoops.open(this.store);
		LoopConnection first = connection(this.loop);
		this.redis.pause();
		assertThatException().isThrownBy(() -> await(commit(1)));
		Await.until("the connection is closed", () -> !first.isOpen());
		this.redis.resume();
		Await.until("another one", () -> connection(this.loop) != null);
		await(commit(1));
	}

	@Test
	void connectionThatAnswersIsKept() {
		connect(SHORT, ClientOptions.create());
		OwnLoops.open(this.store);
		LoopConnection first = connection(this.loop);
		await(commit(1));
		Await.pass(SHORT.plusMillis(500), "the connection has a timer");
		await(commit(2));
		assertThat(connection(this.loop)).isSameAs(first);
	}

	@Test
	void nextConnectionHasThePasswordThatWasSetMeanwhile() {
		this.redis.command("ACL", "SETUSER", "agents", "on", ">one", "allkeys", "allchannels", "+@all");
		this.where.setUsername("agents");
		this.where.setPassword("one");
		connect(PATIENCE, ClientOptions.create());
		LoopConnection first = connection(this.loop);
		this.redis.command("ACL", "SETUSER", "agents", "resetpass", ">two");
		this.redis.command("CLIENT", "KILL", "USER", "agents");
		Await.until("the connection is seen to be broken", () -> !first.isOpen());
		assertThat(connection(this.loop)).isNull();
		this.where.setPassword("two");
		Await.until("another one", () -> connection(this.loop) != null);
	}

	@Test
	void nextConnectionLeadsToTheRedisThatWasPromoted() {
		LocalRedis replica = this.redis.startReplica();
		connect(PATIENCE, ClientOptions.create());
		replica.promote();
		this.where.setPort(replica.port());
		this.redis.stop();
		// The one before is open until the event loop has heard of its end.
		Await.until("another connection",
				() -> connection(this.loop) != null && replica.command("CLIENT", "LIST").contains("name=" + NAME));
		this.redis.start();
	}

	@Test
	void manyEventLoopsGetTheirConnectionsBack() {
		LoopResources many = this.own.resources(12);
		connect(PATIENCE, ClientOptions.create());
		List<EventLoop> all = new ArrayList<>();
		for (int i = 0; i < 12; i++) {
			all.add(many.onServer(true).next());
		}
		Await.until("all have one", () -> all.stream().allMatch((each) -> connection(each) != null));
		kill();
		Await.until("all have another one", () -> all.stream().allMatch((each) -> connection(each) != null));
		assertThat(this.loops.size()).isEqualTo(13);
		// And the one that the application shares.
		Await.until("no other ones", () -> connections().size() <= 14);
	}

	@Test
	void placeGoesWithItsEventLoop() {
		LoopResources other = this.own.resources(1);
		connect(PATIENCE, ClientOptions.create());
		EventLoop mortal = other.onServer(true).next();
		Await.until("both have one", () -> connection(mortal) != null);
		assertThat(this.loops.size()).isEqualTo(2);
		other.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(PATIENCE);
		Await.until("the place is gone", () -> this.loops.size() == 1);
		assertThat(connection(this.loop)).isNotNull();
	}

	/** Event loops may live longer than the context that has used them. */
	@Test
	void closedConnectionsAreNotHeldByTheirEventLoops() {
		connect(PATIENCE, ClientOptions.create());
		this.own.forgetLatest();
		this.loops.close();
		WeakReference<LoopConnections> reference = new WeakReference<>(this.loops);
		this.loops = null;
		this.store = null;
		Await.until("nothing holds them", () -> {
			System.gc();
			return reference.get() == null;
		});
	}

	@Test
	void eventLoopWithAnotherTransportIsToldFromOthersAndLeftAlone() {
		Assumptions.assumeFalse(LoopClients.transport().startsWith("Nio"), "Lettuce has no transport of its own");
		connect(PATIENCE, ClientOptions.create());
		MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
		this.own.closed(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync());
		assertThat(LoopClients.fits(this.loop)).isTrue();
		assertThat(LoopClients.fits(group.next())).isFalse();
		Outcomes outcomes = new Outcomes();
		LoopPlace place = new LoopPlace(group.next(), LoopClients.to(new LettuceConnectionFactory(this.where)),
				outcomes);
		Await.until("the place is given up", () -> {
			assertThat(place.connection()).isNull();
			return outcomes.unfit.get() == 1;
		});
		assertThat(outcomes.attempts).hasValue(0);
		assertThat(place.isGivenUp()).isTrue();
		place.close();
	}

	/** Nothing is wrong with its transport. */
	@Test
	void eventLoopThatIsEndingIsLeftAloneWithoutALine() {
		LoopResources other = this.own.resources(1);
		EventLoop ending = other.onServer(true).next();
		ending.shutdownGracefully(0, 1, TimeUnit.SECONDS);
		Outcomes outcomes = new Outcomes();
		LoopPlace place = new LoopPlace(ending, LoopClients.to(new LettuceConnectionFactory(this.where)), outcomes);
		Await.until("the place is given up", () -> {
			assertThat(place.connection()).isNull();
			return place.isGivenUp();
		});
		assertThat(outcomes.unfit).hasValue(0);
		assertThat(outcomes.attempts).hasValue(0);
		place.close();
	}

	/** A class that is missing, or a heap that is full for a moment. */
	@Test
	void anErrorOfOneAttemptDoesNotKeepTheNextOneAway() {
		AtomicInteger errors = new AtomicInteger();
		RedisStandaloneConfiguration broken = new RedisStandaloneConfiguration() {

			@Override
			public String getHostName() {
				if (Thread.currentThread().getName().startsWith("boundedElastic") && errors.getAndIncrement() == 0) {
					throw new NoClassDefFoundError("of the test");
				}
				return super.getHostName();
			}

		};
		broken.setHostName(this.redis.host());
		broken.setPort(this.redis.port());
		LettuceConnectionFactory factory = new LettuceConnectionFactory(broken);
		this.own.start(factory);
		// Its connection is made by this thread.
		factory.getConnection().close();
		Outcomes outcomes = new Outcomes();
		LoopPlace place = new LoopPlace(this.loop, LoopClients.to(factory), outcomes);
		this.own.closed(() -> place.close().join());
		Await.until("a connection after the error", () -> OwnLoops.on(this.loop, place::connection) != null);
		assertThat(errors).hasPositiveValue();
		assertThat(outcomes.failures).hasValue(1);
	}

	/** Counts the outcomes of the attempts of a place. */
	private static final class Outcomes implements LoopPlace.Listener {

		private final AtomicInteger attempts = new AtomicInteger();

		private final AtomicInteger failures = new AtomicInteger();

		private final AtomicInteger unfit = new AtomicInteger();

		@Override
		public void connected() {
			this.attempts.incrementAndGet();
		}

		@Override
		public void failed(Throwable error) {
			this.attempts.incrementAndGet();
			this.failures.incrementAndGet();
		}

		@Override
		public void unfit(EventLoop loop) {
			this.unfit.incrementAndGet();
		}

		@Override
		public void ended(LoopPlace place) {
			// The place is not in any list.
		}

	}

}
