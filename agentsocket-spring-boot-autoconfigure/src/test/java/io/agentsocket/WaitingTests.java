package io.agentsocket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of this project wait for events, with a bound that no machine reaches: a shorter
 * one fails now and then where others use the same cores.
 */
class WaitingTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern SLEEP = Pattern
		.compile("Thread\\.sleep\\(|TimeUnit\\.\\w+\\.sleep\\(|\\.onSpinWait\\(");

	private static final Pattern BOUND = Pattern
		.compile("\\.(?:poll|await|awaitTermination|get|tryAcquire|waitFor|join)\\(([0-9_]+)L?, TimeUnit\\.(\\w+)\\)");

	private static final Pattern DURATION = Pattern
		.compile("(?:\\.(?:block|blockFirst|blockLast|blockOptional|verify|succeedsWithin|bindNow|disposeNow)\\("
				+ "|Duration (?:TIMEOUT|PATIENCE|LIMIT) = )Duration\\.of(Seconds|Millis)\\(([0-9_]+)\\)");

	/** A verifier that gets its signals while it waits: a busy loop. */
	private static final Pattern VERIFIER = Pattern.compile(
			"StepVerifier\\s*\\.create\\((?!Await\\s*\\.ended\\()(?:(?!\\.verify\\().)*\\.verify\\(", Pattern.DOTALL);

	/** Steps that a publisher needs that has not ended yet, and an initial request. */
	private static final Pattern STEPS = Pattern
		.compile("\\.then\\((?:\\(\\) ->|[\\w.]+::)|\\.then(?:Request|Cancel|Await)\\(|\\.verifyLater\\(|, \\d+\\)");

	private static final Pattern ASSERTION = Pattern.compile("assertTimeout\\w*\\((?!Await\\.LONG,)");

	private static final Pattern ANNOTATION = Pattern.compile("@Timeout\\(([0-9_]+)\\)");

	/** Time that passes in them is what they do, and not what a test waits for. */
	private static final Set<String> MEANT = Set.of(
			// An action that sleeps.
			"LowMemoryServer.java: .await(40, TimeUnit.SECONDS)",
			// A task that is busy for a moment.
			"BlockingTests.java: .onSpinWait(",
			// The pause between two looks at the output of a process.
			"AheadOfTimeTests.java: .waitFor(200, TimeUnit.MILLISECONDS)");

	@Test
	void nothingSleeps() throws IOException {
		assertThat(found(SLEEP, (match) -> true)).isEmpty();
	}

	@Test
	void nobodyIsImpatient() throws IOException {
		assertThat(found(BOUND, (match) -> TimeUnit.valueOf(match.group(2)).toMillis(number(match.group(1))) < limit()))
			.isEmpty();
		assertThat(found(DURATION,
				(match) -> number(match.group(2)) * (match.group(1).equals("Seconds") ? 1000 : 1) < limit()))
			.isEmpty();
		assertThat(found(ASSERTION, (match) -> true)).isEmpty();
		assertThat(found(ANNOTATION, (match) -> 1000 * number(match.group(1)) < limit())).isEmpty();
	}

	@Test
	void verifiersWaitForNothing() throws IOException {
		assertThat(found(VERIFIER, (match) -> !STEPS.matcher(match.group()).find())).isEmpty();
	}

	private static long number(String digits) {
		return Long.parseLong(digits.replace("_", ""));
	}

	private static long limit() {
		return Await.LONG.toMillis();
	}

	private static Set<String> found(Pattern pattern, Predicate<Matcher> wrong) throws IOException {
		Set<String> found = new TreeSet<>();
		for (Path file : files()) {
			Matcher matcher = pattern.matcher(Files.readString(file));
			while (matcher.find()) {
				String place = file.getFileName() + ": " + matcher.group();
				if (wrong.test(matcher) && !MEANT.contains(place)) {
					found.add(place);
				}
			}
		}
		return found;
	}

	private static List<Path> files() {
		try (Stream<Path> samples = Files.list(ROOT.resolve("samples"))) {
			return Stream.concat(Stream.of(Path.of("src", "test")), samples.map((sample) -> sample.resolve("src/test")))
				.filter(Files::isDirectory)
				.flatMap(WaitingTests::below)
				.filter((file) -> !file.endsWith("WaitingTests.java"))
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Stream<Path> below(Path folder) {
		try (Stream<Path> files = Files.walk(folder)) {
			return files.filter((file) -> file.toString().matches(".*\\.(java|kt)")).toList().stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
