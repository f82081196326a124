package io.agentsocket.session;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Contract of each {@link SessionAttributes}.
 */
public abstract class SessionAttributesContract {

	protected static final Duration PATIENCE = Await.LONG;

	/** Half of it is more than a busy machine needs for a command. */
	private static final Duration TTL = Duration.ofSeconds(3);

	private static final String CLOCK = "the store has a clock of its own";

	protected String id = UUID.randomUUID().toString();

	protected abstract SessionAttributes attributes();

	/** As another pod sees the same. */
	protected abstract SessionAttributes elsewhere();

	protected final void create(Duration ttl) {
		attributes()
			.create(new SessionState(this.id, "l", 1, "ann", new AgentInfo("agent", "1"), "cbor", Instant.now()), ttl)
			.block(PATIENCE);
	}

	protected final void write(String name, @Nullable Object value) {
		attributes().write(this.id, name, value).block(PATIENCE);
	}

	protected final Map<String, Object> load(SessionAttributes from) {
		Map<String, Object> loaded = from.load(this.id).block(PATIENCE);
		assertThat(loaded).isNotNull();
		return loaded;
	}

	protected static <T> T as(@Nullable Object value, Class<T> type) {
		assertThat(value).isNotNull();
		return (value instanceof StoredValue stored) ? stored.as(type) : type.cast(value);
	}

	/** Kinds of attributes. */
	public record Point(int x, List<String> names) {

	}

	@Test
	void newSessionHasNoAttributes() {
		create(Duration.ofMinutes(1));
		assertThat(load(attributes())).isEmpty();
	}

	@Test
	void noSessionHasNoAttributes() {
		assertThat(load(attributes())).isEmpty();
	}

	@Test
	void attributesAreReadAsTheyWereWritten() {
		create(Duration.ofMinutes(1));
		Point point = new Point(1, List.of("ä", "b"));
		write("point", point);
		write("text", "täxt");
		write("long", Long.MAX_VALUE);
		write("int", 7);
		write("flag", true);
		for (SessionAttributes from : List.of(attributes(), elsewhere())) {
			Map<String, Object> loaded = load(from);
			assertThat(loaded).containsOnlyKeys("point", "text", "long", "int", "flag");
			assertThat(as(loaded.get("point"), Point.class)).isEqualTo(point);
			assertThat(as(loaded.get("text"), String.class)).isEqualTo("täxt");
			assertThat(as(loaded.get("long"), Long.class)).isEqualTo(Long.MAX_VALUE);
			assertThat(as(loaded.get("int"), Integer.class)).isEqualTo(7);
			assertThat(as(loaded.get("flag"), Boolean.class)).isTrue();
		}
	}

	@Test
	void whatWasReadCanBeWrittenAgain() {
		create(Duration.ofMinutes(1));
		write("point", new Point(1, List.of()));
		write("copy", load(attributes()).get("point"));
		assertThat(as(load(elsewhere()).get("copy"), Point.class)).isEqualTo(new Point(1, List.of()));
	}

	@Test
	void attributeIsReplacedAndRemoved() {
		create(Duration.ofMinutes(1));
		write("a", "1");
		write("b", "1");
		write("a", "2");
		write("b", null);
		write("none", null);
		assertThat(load(elsewhere())).containsOnlyKeys("a");
		assertThat(as(load(elsewhere()).get("a"), String.class)).isEqualTo("2");
	}

	@Test
	void writesElsewhereToOtherAttributesSurvive() {
		create(Duration.ofMinutes(1));
		write("here", "1");
		elsewhere().write(this.id, "there", "1").block(PATIENCE);
		write("here", "2");
		elsewhere().write(this.id, "there", "2").block(PATIENCE);
		Map<String, Object> loaded = load(elsewhere());
		assertThat(as(loaded.get("here"), String.class)).isEqualTo("2");
		assertThat(as(loaded.get("there"), String.class)).isEqualTo("2");
	}

	@Test
	void writesAreAppliedInOrder() {
		create(Duration.ofMinutes(1));
		Mono.when(IntStream.range(0, 500).mapToObj((i) -> attributes().write(this.id, "n", i)).toList())
			.block(PATIENCE);
		assertThat(as(load(elsewhere()).get("n"), Integer.class)).isEqualTo(499);
	}

	private static Mono<Integer> increment(SessionAttributes attributes, String id) {
		return attributes.update(id, "n", (before) -> (before != null) ? as(before, Integer.class) + 1 : 1)
			.cast(Integer.class);
	}

	@Test
	void noUpdateIsLostWhoeverUpdates() {
		create(Duration.ofMinutes(1));
		write("other", "1");
		List<Integer> seen = Flux.range(0, 400)
			.flatMap((i) -> increment((i % 2 == 0) ? attributes() : elsewhere(), this.id), 16)
			.collectSortedList()
			.block(PATIENCE);
		assertThat(seen).isEqualTo(IntStream.rangeClosed(1, 400).boxed().toList());
		assertThat(as(load(elsewhere()).get("n"), Integer.class)).isEqualTo(400);
		assertThat(load(attributes())).containsOnlyKeys("n", "other");
	}

	@Test
	void updateSeesWhatWasWrittenBefore() {
		create(Duration.ofMinutes(1));
		Mono.when(attributes().write(this.id, "n", 5), increment(attributes(), this.id),
				attributes().write(this.id, "n", 8), increment(attributes(), this.id))
			.block(PATIENCE);
		assertThat(as(load(elsewhere()).get("n"), Integer.class)).isEqualTo(9);
		elsewhere().write(this.id, "n", 20).block(PATIENCE);
		assertThat(increment(attributes(), this.id).block(PATIENCE)).isEqualTo(21);
	}

	@Test
	void updateChangesWhatIsThereAndRemovesIt() {
		create(Duration.ofMinutes(1));
		write("point", new Point(1, List.of("a")));
		Object updated = attributes()
			.update(this.id, "point", (before) -> new Point(as(before, Point.class).x() + 1, List.of("b")))
			.block(PATIENCE);
		assertThat(updated).isEqualTo(new Point(2, List.of("b")));
		assertThat(as(load(elsewhere()).get("point"), Point.class)).isEqualTo(updated);
		assertThat(elsewhere().update(this.id, "point", (before) -> null).block(PATIENCE)).isNull();
		assertThat(load(attributes())).isEmpty();
		write("point", null);
		assertThat(increment(attributes(), this.id).block(PATIENCE)).isEqualTo(1);
	}

	@Test
	void updateThatFailsChangesNothing() {
		create(Duration.ofMinutes(1));
		write("n", 1);
		assertThatIllegalStateException().isThrownBy(() -> attributes().update(this.id, "n", (before) -> {
			throw new IllegalStateException("no");
		}).block(PATIENCE));
		assertThatIllegalArgumentException().isThrownBy(
				() -> attributes().update(this.id, "io.agentsocket.principal", (before) -> "bob").block(PATIENCE));
		assertThat(increment(attributes(), this.id).block(PATIENCE)).isEqualTo(2);
		elsewhere().delete(this.id).block(PATIENCE);
		assertThatIllegalStateException().isThrownBy(() -> increment(attributes(), this.id).block(PATIENCE));
		assertThat(load(elsewhere())).isEmpty();
	}

	@Test
	void updateThatThrowsAnErrorIsToldAndHoldsNobodyUp() {
		create(Duration.ofMinutes(1));
		assertThatThrownBy(() -> attributes().update(this.id, "n", (before) -> {
			throw new NoClassDefFoundError("no");
		}).block(PATIENCE)).isInstanceOf(NoClassDefFoundError.class);
		assertThat(increment(attributes(), this.id).block(PATIENCE)).isEqualTo(1);
	}

	@Test
	void updateKeepsTheSession() {
		while (!isKept(() -> increment(elsewhere(), this.id).block(PATIENCE))) {
			// Once more.
		}
		assertThat(as(load(attributes()).get("n"), Integer.class)).isEqualTo(3);
	}

	/** On a busy machine a session may expire before its time begins anew. */
	private boolean isKept(Runnable renewal) {
		this.id = UUID.randomUUID().toString();
		long renewed = System.nanoTime();
		create(TTL);
		for (int i = 0; i < 3; i++) {
			Await.pass(TTL.dividedBy(2), CLOCK);
			long now = System.nanoTime();
			try {
				renewal.run();
			}
			catch (IllegalStateException ex) {
				assertThat(System.nanoTime() - renewed).isGreaterThan(TTL.toNanos());
				return false;
			}
			renewed = now;
		}
		return true;
	}

	@Test
	void writeGoesOnAfterARelease() {
		create(Duration.ofMinutes(1));
		write("a", "1");
		attributes().release(this.id);
		attributes().release("none");
		write("b", "2");
		assertThat(load(elsewhere())).containsOnlyKeys("a", "b");
	}

	@Test
	void deletedSessionTakesNoWrites() {
		create(Duration.ofMinutes(1));
		write("a", "1");
		elsewhere().delete(this.id).block(PATIENCE);
		assertThatIllegalStateException().isThrownBy(() -> write("b", "1"));
		assertThatIllegalStateException().isThrownBy(() -> attributes().touch(this.id).block(PATIENCE));
		assertThatExceptionOfType(SessionGoneException.class)
			.isThrownBy(() -> attributes().update(this.id, "b", (before) -> "1").block(PATIENCE));
		assertThat(load(attributes())).isEmpty();
		attributes().delete(this.id).block(PATIENCE);
	}

	@Test
	void deleteComesAfterWritesBeforeIt() {
		create(Duration.ofMinutes(1));
		Mono.when(attributes().write(this.id, "a", "1"), attributes().delete(this.id)).block(PATIENCE);
		assertThat(load(elsewhere())).isEmpty();
	}

	@Test
	void sessionExpiresUnlessItIsTouched() {
		while (!isKept(() -> elsewhere().touch(this.id).block(PATIENCE))) {
			// Once more.
		}
		Await.pass(TTL.plusMillis(700), CLOCK);
		assertThat(load(attributes())).isEmpty();
		assertThatIllegalStateException().isThrownBy(() -> write("c", "1"));
	}

	@Test
	void reservedNamesAreNotForTools() {
		create(Duration.ofMinutes(1));
		assertThatIllegalArgumentException().isThrownBy(() -> write("io.agentsocket.principal", "bob"));
	}

}
