package io.agentsocket.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.agentsocket.client.ReconnectStorm.Outcome;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reconnect storms after a zone of three has died, by simulation; figures and picture of
 * {@code docs/scaling.md}.
 */
class ReconnectStormTests {

	private static final Path DOCS = Path.of("..", "docs");

	private static final String BEGIN = "<!-- storms: written by ReconnectStormTests -->\n";

	private static final String END = "<!-- end of storms -->";

	/** Handshakes that a pod can do in a second. */
	private static final double RATE = 1000;

	private static final int PODS_LEFT = 20;

	/** Agents of a pod that is dead; there were half as many as are left. */
	private static final int SMALL = 4000;

	private static final int LARGE = 20_000;

	/** Sockets before WELCOME that a pod has room for: two seconds of work. */
	private static final int ROOM = 2000;

	private static final Map<ReconnectStorm, Outcome> OUTCOMES = new ConcurrentHashMap<>();

	private static ReconnectStorm zone(int agents) {
		return ReconnectStorm.of(agents * PODS_LEFT / 2, PODS_LEFT, RATE);
	}

	/** The same storm has the same outcome, so it runs once. */
	private static Outcome run(ReconnectStorm storm) {
		return OUTCOMES.computeIfAbsent(storm, (todo) -> todo.run(new Random(1)));
	}

	@Test
	void smallZoneIsBackAsSoonAsThePodsCanTakeIt() {
		ReconnectStorm storm = zone(SMALL);
		Outcome outcome = run(storm);
		assertThat(outcome.last()).isLessThan(storm.atLeast() + 1);
		assertThat(outcome.late()).isZero();
	}

	@Test
	void agentsThatWereRefusedTogetherSpreadOverTheTimeThatWasAsked() {
		int asked = 5;
		ReconnectStorm storm = zone(LARGE).refusing(ROOM, Duration.ofSeconds(asked));
		Outcome outcome = run(storm);
		double refusedAtFirst = LARGE / 2.0 - ROOM - RATE;
		assertThat(outcome.peak(2)).isLessThan(1.3 * refusedAtFirst / asked);
		assertThat(outcome.last()).isLessThan(2.5 * storm.atLeast());
		assertThat(outcome.late()).isZero();
	}

	@Test
	void podsThatRefuseNobodyServeAgentsThatHaveGivenUp() {
		// Twice the connect timeout of work.
		assertThat(run(zone(2 * LARGE)).late()).isPositive();
		assertThat(run(zone(2 * LARGE).refusing(ROOM, Duration.ofSeconds(10))).late()).isZero();
	}

	@Test
	void firstWaitThatFitsTheZoneKeepsTheRateUnderWhatPodsCanDo() {
		ReconnectStorm storm = zone(LARGE);
		Duration base = Duration.ofMillis((long) (1250 * storm.atLeast()));
		Outcome outcome = run(storm.waiting(new Backoff(base, base, Duration.ofSeconds(30))));
		assertThat(outcome.peak(0)).isLessThan(RATE);
		assertThat(outcome.last()).isLessThan(base.toSeconds() + 1);
	}

	@Test
	void spreadOfADeployBoundsTheRate() {
		for (int seconds : new int[] { 5, 25, 60 }) {
			// A pod of 20 has gone; the others take its agents.
			ReconnectStorm storm = ReconnectStorm.of(LARGE, PODS_LEFT - 1, RATE)
				.spreadOver(Duration.ofSeconds(seconds));
			Outcome outcome = run(storm);
			double mean = (double) LARGE / (PODS_LEFT - 1) / seconds;
			assertThat(outcome.peak(0)).isLessThan(1.2 * mean);
			assertThat(outcome.longest()).isLessThan(0.1);
		}
	}

	@Test
	void documentShowsTheseFigures() throws IOException {
		Map<String, ReconnectStorm> storms = new LinkedHashMap<>();
		storms.put("4,000 agents a pod", zone(SMALL));
		storms.put("20,000 agents a pod", zone(LARGE));
		Duration needed = Duration.ofMillis(12_500);
		storms.put("20,000, `backoff.first` 12.5 s",
				zone(LARGE).waiting(new Backoff(needed, needed, Duration.ofSeconds(30))));
		storms.put("20,000, refused above 2,000, `Retry-After` 5", zone(LARGE).refusing(ROOM, Duration.ofSeconds(5)));
		storms.put("20,000, refused above 2,000, no `Retry-After`", zone(LARGE).refusing(ROOM, Duration.ZERO));
		storms.put("40,000 agents a pod", zone(2 * LARGE));
		storms.put("40,000, refused above 2,000, `Retry-After` 10",
				zone(2 * LARGE).refusing(ROOM, Duration.ofSeconds(10)));
		storms.put("20,000, nothing breaks, 25 s of keep-alive", zone(LARGE).spreadOver(Duration.ofSeconds(25)));
		Map<String, Outcome> outcomes = new LinkedHashMap<>();
		storms.forEach((name, storm) -> outcomes.put(name, run(storm)));
		String table = "| storm | agents a pod that is left | seconds at least | all are back after, s "
				+ "| attempts a second and pod: first second | most later | refused | given up |\n"
				+ "|---|---|---|---|---|---|---|---|\n"
				+ storms.entrySet()
					.stream()
					.map((storm) -> row(storm.getKey(), storm.getValue(), outcomes.get(storm.getKey())))
					.collect(Collectors.joining());
		outcomes.keySet().removeIf((name) -> !name.startsWith("20,000"));
		String picture = StormPicture.of(outcomes, RATE);
		Path document = DOCS.resolve("scaling.md");
		Path image = DOCS.resolve("images").resolve("reconnect-storm.svg");
		String text = Files.readString(document);
		int begin = text.indexOf(BEGIN) + BEGIN.length();
		int end = text.indexOf(END);
		if (Boolean.getBoolean("agentsocket.write-reference")) {
			Files.writeString(document, text.substring(0, begin) + table + text.substring(end));
			Files.writeString(image, picture);
		}
		else {
			assertThat(text.substring(begin, end)).isEqualTo(table);
			assertThat(image).hasContent(picture);
		}
	}

	private static String row(String name, ReconnectStorm storm, Outcome outcome) {
		return String.format(Locale.ENGLISH, "| %s | %,d | %.1f | %.1f | %,.0f | %,.0f | %,d | %,d |%n", name,
				storm.agents() / storm.pods(), storm.atLeast(), outcome.last(), outcome.attempts(0), outcome.peak(1),
				outcome.refused(), outcome.late());
	}

}
