package com.example.redis;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link LocalRedis}. Rungs that this machine does not have are skipped, except
 * the last one, which is always there.
 */
@DisabledOnOs(OS.WINDOWS)
class LocalRedisTests {

	private static LocalRedis open(Rung rung) {
		try {
			return LocalRedis.open(rung);
		}
		catch (IllegalStateException ex) {
			assumeThat(rung).as(ex.getMessage()).isEqualTo(Rung.EMBEDDED);
			throw ex;
		}
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GIVEN")
	void startsEmptyAndRestartsEmptyAtTheSameAddress(Rung rung) {
		try (LocalRedis redis = open(rung)) {
			int port = redis.port();
			assertThat(redis.command("DBSIZE")).isEqualTo("0");
			redis.command("SET", "key", "välue\r\n");
			assertThat(redis.command("GET", "key")).isEqualTo("välue\r\n");
			redis.restart();
			assertThat(redis.port()).isEqualTo(port);
			assertThat(redis.command("DBSIZE")).isEqualTo("0");
			redis.stop();
			assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> redis.command("PING"));
			redis.start();
			assertThat(redis.command("PING")).isEqualTo("PONG");
			assertThat(redis.version()).matches("\\d+\\.\\d+\\.\\d+");
			assertThat(redis.rung()).isEqualTo(rung);
		}
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GIVEN")
	void pausesAndGoesOn(Rung rung) {
		try (LocalRedis redis = open(rung)) {
			redis.command("SET", "key", "kept");
			redis.pause();
			assertThatExceptionOfType(SocketTimeoutException.class)
				.isThrownBy(() -> Resp.command(redis.host(), redis.port(), 300, "PING"));
			redis.resume();
			assertThat(redis.command("GET", "key")).isEqualTo("kept");
			redis.pause();
		}
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GIVEN")
	void replicaFollowsAndCanBePromoted(Rung rung) throws Exception {
		try (LocalRedis redis = open(rung)) {
			LocalRedis replica = redis.startReplica();
			redis.command("SET", "key", "copied");
			await(() -> replica.command("GET", "key").equals("copied"));
			assertThat(replica.command("GET", "key")).isEqualTo("copied");
			redis.stop();
			replica.promote();
			assertThat(replica.command("INCR", "counter")).isEqualTo("1");
		}
	}

	@Test
	void persistentOneKeepsWhatItHasConfirmedAndLeavesNothingBehind() {
		Path directory;
		try (LocalRedis redis = LocalRedis.openPersistent()) {
			directory = directory(redis);
			redis.command("SET", "key", "kept");
			redis.restart();
			assertThat(redis.command("GET", "key")).isEqualTo("kept");
			assertThat(directory(redis)).isEqualTo(directory);
		}
		assertThat(directory).doesNotExist();
		try (LocalRedis stopped = LocalRedis.openPersistent()) {
			directory = directory(stopped);
			stopped.stop();
		}
		assertThat(directory).doesNotExist();
	}

	@ParameterizedTest
	@EnumSource(names = { "PATH", "EMBEDDED" })
	void clusterServesAllSlots(Rung rung) throws Exception {
		open(rung).close();
		try (LocalRedisCluster cluster = LocalRedisCluster.open(rung)) {
			assertThat(cluster.nodes()).hasSize(3).doesNotHaveDuplicates();
			assertThat(cluster.command("CLUSTER", "INFO")).hasSize(3)
				.allSatisfy((info) -> assertThat(info).contains("cluster_state:ok", "cluster_size:3"));
		}
	}

	@Test
	void firstServerOnThePathIsTaken(@TempDir Path directory) throws Exception {
		Path valkey = Files.createFile(directory.resolve("agentsocket-test-valkey"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		assertThat(Rung.onPath(List.of("agentsocket-test-redis", "agentsocket-test-valkey"), directory.toString()))
			.isEqualTo(valkey);
		assertThatExceptionOfType(FileNotFoundException.class)
			.isThrownBy(() -> Rung.onPath(List.of("agentsocket-test-redis", "other"), directory.toString()))
			.withMessageContaining("agentsocket-test-redis and no other");
	}

	@ParameterizedTest
	@EnumSource(names = { "PATH", "EMBEDDED" })
	void leavesNothingBehind(Rung rung) throws Exception {
		long pid;
		Path directory;
		try (LocalRedis redis = open(rung)) {
			pid = pid(redis);
			directory = directory(redis);
			assertThat(ProcessHandle.of(pid)).isPresent();
			assertThat(directory).isDirectory();
		}
		assertThat(ProcessHandle.of(pid)).isEmpty();
		assertThat(directory).doesNotExist();
	}

	@ParameterizedTest
	@EnumSource(names = { "PATH", "EMBEDDED" })
	void leavesNothingBehindWhenTheJvmIsKilled(Rung rung) throws Exception {
		open(rung).close();
		Process jvm = jvm(Map.of(), "-D" + LocalRedis.RUNG_PROPERTY + "=" + rung.name());
		try (BufferedReader output = output(jvm)) {
			assertThat(output.readLine()).isEqualTo(rung.name());
			ProcessHandle redis = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
			Path directory = Path.of(output.readLine());
			jvm.destroyForcibly();
			redis.onExit().get(60, TimeUnit.SECONDS);
			await(() -> Files.notExists(directory));
			assertThat(directory).doesNotExist();
		}
		finally {
			jvm.destroyForcibly();
		}
	}

	@Test
	void takesTheOneThatIsGivenAndLeavesItRunning() throws Exception {
		try (LocalRedis redis = LocalRedis.open(Rung.EMBEDDED)) {
			Process jvm = jvm(Map.of(GivenRedis.VARIABLE, redis.host() + ":" + redis.port()));
			try (BufferedReader output = output(jvm)) {
				assertThat(output.readLine()).isEqualTo("GIVEN");
				assertThat(output.readLine()).isEqualTo(Long.toString(pid(redis)));
				jvm.getOutputStream().close();
				assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
			}
			finally {
				jvm.destroyForcibly();
			}
			assertThat(redis.command("PING")).isEqualTo("PONG");
		}
	}

	@Test
	void givenOneMustAnswer() throws Exception {
		int nobody = FreePort.find();
		Process jvm = jvm(Map.of(GivenRedis.VARIABLE, "127.0.0.1:" + nobody));
		try (BufferedReader output = output(jvm)) {
			assertThat(output.lines())
				.anyMatch((line) -> line.contains("Redis at 127.0.0.1:" + nobody) && line.contains("does not answer"));
			assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(jvm.exitValue()).isNotZero();
		}
		finally {
			jvm.destroyForcibly();
		}
	}

	@Test
	void givenOneIsNotOurs() {
		GivenRedis given = GivenRedis.at("redis.example:6380");
		assertThat(given.host()).isEqualTo("redis.example");
		assertThat(given.port()).isEqualTo(6380);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(given::kill);
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> GivenRedis.at("6379"));
	}

	@Test
	void rungThatIsForcedIsTheOnlyOneThatIsTried() {
		assumeThat(System.getenv(GivenRedis.VARIABLE)).isNull();
		System.setProperty(LocalRedis.RUNG_PROPERTY, "given");
		try {
			assertThatIllegalStateException().isThrownBy(LocalRedis::open)
				.withMessageContaining(GivenRedis.VARIABLE + " is not set");
		}
		finally {
			System.clearProperty(LocalRedis.RUNG_PROPERTY);
		}
	}

	private static void await(BooleanSupplier condition) {
		long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
		while (!condition.getAsBoolean() && System.nanoTime() < end) {
			Resp.pause();
		}
	}

	private static long pid(LocalRedis redis) {
		return Long.parseLong(info(redis, "process_id:"));
	}

	private static Path directory(LocalRedis redis) {
		return Path.of(redis.command("CONFIG", "GET", "dir").lines().skip(1).findFirst().orElseThrow());
	}

	private static String info(LocalRedis redis, String field) {
		return redis.command("INFO", "server")
			.lines()
			.filter((line) -> line.startsWith(field))
			.map((line) -> line.substring(field.length()).trim())
			.findFirst()
			.orElseThrow();
	}

	private static Process jvm(Map<String, String> environment, String... options) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-cp", System.getProperty("java.class.path"));
		builder.command().addAll(List.of(options));
		builder.command().add(Victim.class.getName());
		builder.environment().remove(GivenRedis.VARIABLE);
		builder.environment().putAll(environment);
		Process process = builder.redirectErrorStream(true).start();
		// To read its output takes no longer than that.
		process.onExit().orTimeout(2, TimeUnit.MINUTES).exceptionally((late) -> process.destroyForcibly());
		return process;
	}

	private static BufferedReader output(Process jvm) {
		return new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8)) {

			@Override
			public String readLine() throws IOException {
				String line = super.readLine();
				// SLF4J prints this when there is no provider.
				return (line != null && line.startsWith("SLF4J")) ? readLine() : line;
			}

		};
	}

	/**
	 * A JVM that opens a Redis, says which, and waits to be killed.
	 */
	static final class Victim {

		private Victim() {
		}

		public static void main(String[] arguments) throws Exception {
			try (LocalRedis redis = LocalRedis.open()) {
				System.out.println(redis.rung().name());
				System.out.println(pid(redis));
				System.out.println(directory(redis));
				System.in.read();
			}
		}

	}

}
