package io.agentsocket.session.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.StoredSession.LogEntry;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A sentinel promotes a replica: the steps of sessions go on there, from their event
 * loop.
 */
@WithRedis
class SentinelFailoverTests {

	private static final Duration PATIENCE = Await.LONG;

	private static final String NAME = "agents-behind-a-sentinel";

	private static final String PRIMARY = "agents";

	/**
	 * Ends with the sentinel, which ends with the standard input, so with this JVM,
	 * however that ends.
	 */
	private static final String SHELL = "exec 3<&0; \"$@\" </dev/null >/dev/null 2>&1 3<&- & p=$!; "
			+ "(read line <&3; kill -9 $p) & r=$!; wait $p; kill $r";

	/** A port that was free a moment ago is hardly ever taken. */
	private static final int ATTEMPTS = 5;

	private final OwnLoops own = new OwnLoops("behind-a-sentinel");

	@TempDir
	private Path directory;

	@AfterEach
	void end() throws Exception {
		this.own.close();
	}

	@Test
	void stepsGoOnAtTheReplicaThatIsPromoted() throws IOException {
		LocalRedis primary = this.own.closed(LocalRedis.open());
		Assumptions.assumeTrue(primary.owned(), "a given Redis is not ended");
		LocalRedis replica = this.own.closed(primary.startReplica());
		Sentinel sentinel = startSentinel(executable(primary), primary);
		LettuceConnectionFactory factory = new LettuceConnectionFactory(
				new RedisSentinelConfiguration().master(PRIMARY).sentinel("127.0.0.1", sentinel.port()),
				LettuceClientConfiguration.builder().commandTimeout(Duration.ofSeconds(5)).clientName(NAME).build());
		this.own.start(factory);
		EventLoop loop = this.own.resources(1).onServer(true).next();
		LoopConnections loops = this.own.connections(factory);
		RedisSessionStore store = new RedisSessionStore(factory, "sentinel", loops);
		Await.until("a connection of the event loop", () -> OwnLoops.on(loop, loops::here) != null);
		OwnLoops.open(store);
		Await.until("the first step is stored", () -> isStored(store, loop, 1));
		Await.until("the replica has it", () -> replica.command("KEYS", "*").contains("{one}:o"));
		Await.until("the sentinel knows the replica",
				() -> sentinel.commands()
					.replicas(PRIMARY)
					.stream()
					.anyMatch((each) -> "slave".equals(each.get("flags"))));
		primary.stop();
		// As the owner of a session does: the step is repeated until its outcome is
		// known.
		Await.until("the next step is stored", () -> isStored(store, loop, 2));
		assertThat(replica.command("INFO", "replication")).contains("role:master");
		// Beside the one that the application shares.
		Await.until("the event loop has a connection again",
				() -> OwnLoops.on(loop, loops::here) != null && replica.command("CLIENT", "LIST")
					.lines()
					.filter((line) -> line.contains("name=" + NAME))
					.count() > 1);
		Await.until("a step is stored there", () -> isStored(store, loop, 3));
		primary.start();
	}

	private static String executable(LocalRedis redis) {
		String path = redis.command("INFO", "server")
			.lines()
			.filter((line) -> line.startsWith("executable:"))
			.map((line) -> line.substring("executable:".length()).strip())
			.findFirst()
			.orElse("");
		Assumptions.assumeTrue(!path.isEmpty() && Files.isExecutable(Path.of(path)), "Redis is not a program here");
		return path;
	}

	/** Another process may take the port before the sentinel, which ends then. */
	private Sentinel startSentinel(String executable, LocalRedis primary) throws IOException {
		for (int i = 0; i < ATTEMPTS; i++) {
			int port;
			try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
				port = free.getLocalPort();
			}
			Process shell = start(executable, port, primary);
			RedisClient client = this.own.closed(RedisClient.create(RedisURI.create("127.0.0.1", port)));
			AtomicReference<Sentinel> started = new AtomicReference<>();
			Await.until("the sentinel answers, or has ended", () -> {
				try {
					RedisSentinelCommands<String, String> commands = client.connectSentinel().sync();
					if (commands.master(PRIMARY).get("port").equals(String.valueOf(primary.port()))) {
						started.set(new Sentinel(port, commands));
					}
				}
				catch (RuntimeException ex) {
					// Nobody listens there yet, or somebody else does.
				}
				return started.get() != null || !shell.isAlive();
			});
			if (started.get() != null) {
				return started.get();
			}
		}
		throw new IllegalStateException("No sentinel starts");
	}

	private Process start(String executable, int port, LocalRedis primary) throws IOException {
		Path configuration = Files.createTempFile(this.directory, "sentinel", ".conf");
		Files.writeString(configuration, """
				port %d
				bind 127.0.0.1
				dir %s
				sentinel monitor %s 127.0.0.1 %d 1
				sentinel down-after-milliseconds %s 2000
				sentinel failover-timeout %s 10000
				""".formatted(port, this.directory, PRIMARY, primary.port(), PRIMARY, PRIMARY));
		Process shell = new ProcessBuilder("sh", "-c", SHELL, "sh", executable, configuration.toString(), "--sentinel")
			.start();
		this.own.closed(() -> {
			shell.getOutputStream().close();
			assertThat(shell.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
		});
		return shell;
	}

	private static boolean isStored(RedisSessionStore store, EventLoop loop, long number) {
		Commit step = new Commit(number, number, number, 0, List.of(new LogEntry(number, number, Bytes.utf8("frame"))),
				Map.of(), Set.of(), 0, null);
		return OwnLoops
			.on(loop, () -> store.commit("one", "a/1", step).thenReturn(true).onErrorReturn(false).toFuture())
			.join();
	}

	/** A sentinel that watches the primary of this test. */
	private record Sentinel(int port, RedisSentinelCommands<String, String> commands) {

	}

}
