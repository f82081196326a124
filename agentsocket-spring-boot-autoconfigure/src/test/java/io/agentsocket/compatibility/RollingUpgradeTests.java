package io.agentsocket.compatibility;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.example.redis.LocalRedis;
import io.agentsocket.Await;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.ExpectedQuestion;
import io.agentsocket.test.RunningInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pod of an earlier build and one of the present build, as two processes that share a
 * Redis: a session goes from the one to the other and back, and calls go on.
 */
@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes half a minute of a core")
class RollingUpgradeTests {

	private static final Log logger = LogFactory.getLog(RollingUpgradeTests.class);

	/**
	 * The earlier build: the latest commit whose pods have to work together with those of
	 * the present build, see {@code docs/versioning.md}.
	 */
	private static final String PREVIOUS = "82eab4df177b782b9d7f98f69bd4f0d62dc7fc08";

	private final List<Process> pods = new ArrayList<>();

	@TempDir
	private Path directory;

	@AfterEach
	void endPods() throws InterruptedException {
		for (Process pod : this.pods) {
			pod.destroyForcibly().waitFor();
		}
	}

	@Test
	@Timeout(600)
	void sessionsGoFromOldPodsToNewOnesAndBack() throws IOException, InterruptedException {
		String missing = PreviousBuild.missing(PREVIOUS);
		if (!missing.isEmpty()) {
			logger.warn("Not run: the rolling upgrade, since " + missing);
		}
		Assumptions.assumeTrue(missing.isEmpty(), missing);
		Path previous = PreviousBuild.compile(PREVIOUS, this.directory);
		try (LocalRedis redis = LocalRedis.open()) {
			URI oldPod = start("old", previous, redis);
			URI newPod = start("new", Path.of("target", "classes").toAbsolutePath(), redis);
			try (AgentSocketTester agent = AgentSocketTester.connectTo(oldPod, newPod).timeout(Await.LONG).build()) {
				upgrade(agent);
			}
		}
	}

	private static void upgrade(AgentSocketTester agent) {
		agent.invoke("pod.build").expectText().isEqualTo("old");
		String session = agent.sessionId();
		agent.invoke("pod.keep").argument("text", "kept by the old pod").expectNoValue();
		RunningInvocation<Long> counting = agent.invoke("pod.count").start(Long.class);
		counting.expectNext(0L, 1L);
		RunningInvocation<String> greeting = agent.invoke("pod.greet").start(String.class);
		ExpectedQuestion question = greeting.expectQuestion();

		agent.moveToAnotherPod();
		agent.invoke("pod.build").expectText().isEqualTo("new");
		agent.invoke("pod.kept").expectText().isEqualTo("kept by the old pod");
		counting.expectNext(2L, 3L, 4L, 5L);
		question.answer("Ann");
		greeting.expectNext("old greets Ann").expectComplete();
		RunningInvocation<Long> another = agent.invoke("pod.count").start(Long.class);
		another.expectNext(0L, 1L);
		agent.invoke("pod.keep").argument("text", "kept by the new pod").expectNoValue();

		// A deploy that is rolled back.
		agent.moveToAnotherPod();
		agent.invoke("pod.build").expectText().isEqualTo("old");
		agent.invoke("pod.kept").expectText().isEqualTo("kept by the new pod");
		another.expectNext(2L, 3L, 4L);
		counting.expectNext(6L, 7L);
		counting.cancel();
		another.cancel();
		assertThat(agent.sessionId()).isEqualTo(session);
	}

	private URI start(String build, Path classes, LocalRedis redis) throws IOException {
		String classPath = classes + File.pathSeparator + PreviousBuild.libraries();
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Process pod = new ProcessBuilder(java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
				classPath, UpgradePod.class.getName(), "--pod.build=" + build, "--server.port=0",
				"--server.address=127.0.0.1", "--agentsocket.session.store=redis",
				"--spring.data.redis.host=" + redis.host(), "--spring.data.redis.port=" + redis.port())
			.redirectErrorStream(true)
			.start();
		this.pods.add(pod);
		List<String> lines = new ArrayList<>();
		BufferedReader output = pod.inputReader();
		Optional<String> port = Optional.empty();
		String line = output.readLine();
		while (line != null && port.isEmpty()) {
			lines.add(line);
			int place = line.indexOf(UpgradePod.PORT);
			if (place >= 0) {
				port = Optional.of(line.substring(place + UpgradePod.PORT.length()).strip());
			}
			else {
				line = output.readLine();
			}
		}
		assertThat(port).as("Output of the pod of the %s build: %s", build, String.join("\n", lines)).isPresent();
		// Somebody has to read on, or the pod stands still.
		Thread reader = new Thread(() -> output.lines().forEach((rest) -> {
		}), "output of the " + build + " pod");
		reader.setDaemon(true);
		reader.start();
		return URI.create("ws://127.0.0.1:" + port.orElseThrow() + "/agentsocket");
	}

}
