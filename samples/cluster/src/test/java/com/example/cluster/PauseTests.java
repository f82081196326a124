package com.example.cluster;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample with pods that stand still, and none that dies. A class of its own, so that
 * it runs beside {@link ClusterTests}.
 */
@DisabledOnOs(OS.WINDOWS)
@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes a minute")
class PauseTests {

	private static final int CALLS = 200;

	/**
	 * Half of the pauses also break the connections of the pod, whose agents leave it. A
	 * busy machine makes a pause longer, so the time without a sign of life is, too: no
	 * other sign may tell the others that the pod is dead.
	 */
	@Test
	void pausesOfThreeSecondsCostNoCall() throws Exception {
		Options options = Options.parse("--seconds=11", "--every=1", "--agents=8", "--seed=20261123",
				"--patterns=pause", "--pause=3", "--pods=2", "--pod.agentsocket.session.pod-timeout=30s", "--plain");
		List<String> strokes = new ArrayList<>();
		Score score;
		try (Cluster cluster = new Cluster(options)) {
			cluster.start();
			Score soFar = cluster.score();
			cluster.run(strokes::add, () -> strokes.size() > 2 && soFar.calls.sum() > CALLS);
			score = cluster.finish();
			new Screen(cluster, options).summary(score);
			cluster.removeLogs();
		}
		assertThat(strokes).filteredOn((stroke) -> stroke.contains("STOP")).hasSizeGreaterThan(1);
		assertThat(score.signals()).isEmpty();
		assertThat(score.failures.sum()).isZero();
		assertThat(score.isGood()).isTrue();
		assertThat(score.calls.sum()).isGreaterThan(CALLS);
	}

}
