package io.agentsocket;

import java.util.Locale;
import java.util.TimeZone;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link UnchangedJvm}.
 */
@ExtendWith(UnchangedJvmTests.Before.class)
class UnchangedJvmTests {

	private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(UnchangedJvmTests.class);

	private static final String PROPERTY = "agentsocket.left";

	private static @Nullable JvmState before;

	static Stream<Arguments> changes() {
		Locale locale = Locale.getDefault();
		TimeZone zone = TimeZone.getDefault();
		return Stream.of(
				change("level of " + LOGGER.getName(), () -> LOGGER.setLevel(Level.ERROR), () -> LOGGER.setLevel(null)),
				change("appenders of " + LOGGER.getName(), () -> LOGGER.setAdditive(false),
						() -> LOGGER.setAdditive(true)),
				change("system property " + PROPERTY, () -> System.setProperty(PROPERTY, "behind"),
						() -> System.clearProperty(PROPERTY)),
				change("default locale", () -> Locale.setDefault(Locale.forLanguageTag("mi")),
						() -> Locale.setDefault(locale)),
				change("default time zone", () -> TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Chatham")),
						() -> TimeZone.setDefault(zone)),
				change("interrupt of the thread", () -> Thread.currentThread().interrupt(), Thread::interrupted),
				change("MDC of the thread", () -> MDC.put("left", "behind"), MDC::clear),
				change("hooks of Reactor onErrorDroppedHook", () -> Hooks.onErrorDropped((error) -> {
				}), Hooks::resetOnErrorDropped),
				change("schedulers of Reactor factory", VirtualTimeScheduler::getOrSet, VirtualTimeScheduler::reset));
	}

	private static Arguments change(String name, Runnable change, Runnable undo) {
		return Arguments.of(name, change, undo);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("changes")
	void seesWhatIsLeftBehind(String name, Runnable change, Runnable undo) {
		JvmState state = new JvmState();
		try {
			change.run();
			assertThat(state.differences(new JvmState())).singleElement().asString().startsWith(name + ": ");
		}
		finally {
			undo.run();
		}
		assertThat(state.differences(new JvmState())).isEmpty();
	}

	@Test
	void makesItUndone() {
		JvmState state = new JvmState();
		LOGGER.setLevel(Level.ERROR);
		System.setProperty(PROPERTY, "behind");
		MDC.put("left", "behind");
		Thread.currentThread().interrupt();
		state.restore();
		assertThat(state.differences(new JvmState())).isEmpty();
	}

	@Test
	void looksAtEachClass() {
		assertThat(before).isNotNull();
	}

	/** Comes behind what is registered for all classes. */
	static final class Before implements BeforeAllCallback {

		@Override
		public void beforeAll(ExtensionContext context) {
			before = UnchangedJvm.before(context);
		}

	}

}
