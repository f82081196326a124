package com.example.cluster;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The sample in a short form, with real processes.
 */
@DisabledOnOs(OS.WINDOWS)
class ClusterTests {

	private static final int CALLS = 250;

	private static final int ITEMS = 1_000;

	@ParameterizedTest
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes a minute")
	@ValueSource(strings = { "kill,pause" })
	void noAgentLosesAnythingWhilePodsDieAndStandStill(String patterns) throws Exception {
		assumeThat(ClassUtils.isPresent("io.agentsocket.session.redis.RedisSessionStore", null))
			.as("There is a session store in Redis")
			.isTrue();
		Options options = Options.parse("--seconds=18", "--every=3", "--agents=10", "--seed=20261122",
				"--patterns=" + patterns, "--plain");
		List<String> strokes = new ArrayList<>();
		List<ProcessHandle> pods;
		Score score;
		try (Cluster cluster = new Cluster(options)) {
			cluster.start();
			// On a machine that stands still, time alone is not enough.
			Score soFar = cluster.score();
			cluster.run(strokes::add, () -> strokes.size() > 3 && soFar.resumes.sum() > 0 && soFar.calls.sum() > CALLS
					&& soFar.items.sum() > ITEMS);
			score = cluster.finish();
			pods = cluster.slots()
				.stream()
				.flatMap((slot) -> slot.lives().stream())
				.map(PodProcess::pid)
				.flatMap((pid) -> ProcessHandle.of(pid).stream())
				.toList();
			new Screen(cluster, options).summary(score);
			if (score.isGood()) {
				cluster.removeLogs();
			}
		}
		assertThat(pods).noneMatch(ProcessHandle::isAlive);
		assertThat(strokes).as("Something went wrong").hasSizeGreaterThan(3);
		assertThat(score.problems()).isEmpty();
		assertThat(score.lost.sum()).as("lost").isZero();
		assertThat(score.duplicates.sum()).as("duplicates").isZero();
		assertThat(score.wrong.sum()).as("wrong").isZero();
		assertThat(score.crashes).as("pods that ended by themselves").hasValue(0);
		assertThat(score.resumes.sum()).as("sessions that went on at another pod").isPositive();
		assertThat(score.calls.sum()).isGreaterThan(CALLS);
		assertThat(score.items.sum()).isGreaterThan(ITEMS);
	}

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes half a minute of a core")
	void nothingOutlivesTheLauncherEvenWhenAPodStandsStill(@TempDir Path directory) throws Exception {
		Process launcher = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Djava.io.tmpdir=" + directory, "-cp", System.getProperty("java.class.path"),
				ClusterDemo.class.getName(), "--seconds=100", "--pods=1", "--agents=2", "--patterns=pause",
				"--every=0.2", "--plain")
			.redirectErrorStream(true)
			.start();
		try (BufferedReader output = new BufferedReader(
				new InputStreamReader(launcher.getInputStream(), StandardCharsets.UTF_8))) {
			List<String> said = new ArrayList<>();
			boolean paused = output.lines().peek(said::add).anyMatch((line) -> line.contains("kill -STOP"));
			assertThat(paused).as(() -> String.join("\n", said)).isTrue();
			List<ProcessHandle> children = launcher.toHandle().descendants().toList();
			assertThat(children).anyMatch((child) -> child.info().command().orElse("").endsWith("java"));
			launcher.destroyForcibly();
			CompletableFuture.allOf(children.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
				.get(60, TimeUnit.SECONDS);
		}
		finally {
			launcher.descendants().forEach(ProcessHandle::destroyForcibly);
			launcher.destroyForcibly();
		}
	}

	@Test
	void brokenSequencesAndSecondExecutionsAreFound() {
		Score score = new Score();
		score.ran("a", "pod-1#1");
		score.ran("b", "pod-1#1");
		score.ran("b", "pod-2#1");
		score.succeeded("a");
		score.succeeded("c");
		score.denied("a");
		score.audit(List.of("d"));
		assertThat(score.duplicates.sum()).isOne();
		assertThat(score.wrong.sum()).isEqualTo(2);
		assertThat(score.lost.sum()).isOne();
		assertThat(score.isGood()).isFalse();
		assertThat(score.problems()).containsExactlyInAnyOrder("Call b ran 2 times, at last on pod-2#1",
				"c succeeded and never ran", "a is said not to have run, and ran", "No word about d");
	}

	@Test
	void optionsAreRead() {
		Options options = Options.parse("--seconds=1.5", "--patterns=kill,two", "--seed=7", "--durability=relaxed",
				"--balancer=localhost:8080", "--ports=1,2", "--pod.logging.level.root=info", "--live");
		assertThat(options.seconds()).isEqualTo(Duration.ofMillis(1500));
		assertThat(options.patterns()).containsExactly(Pattern.KILL, Pattern.TWO);
		assertThat(options.seed()).isEqualTo(7);
		assertThat(options.pods()).isEqualTo(2);
		assertThat(options.live()).isTrue();
		assertThat(options.podArguments()).containsExactly("--agentsocket.session.durability=relaxed",
				"--logging.level.root=info", "--agentsocket.server.drain-spread=500ms");
	}

}
