package io.agentsocket.session;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Contract of every {@link OneTimeValues}.
 */
public abstract class OneTimeValuesContract {

	protected static final Duration TTL = Duration.ofMinutes(1);

	private final String key = UUID.randomUUID().toString();

	/** Values of a pod. */
	protected abstract OneTimeValues values();

	/** The same values in another pod. */
	protected abstract OneTimeValues elsewhere();

	@Test
	void aValueIsTakenOnceWhereverItIsTaken() {
		Bytes value = Bytes.of(new byte[] { 1, 0, -1, 127 });
		values().put(this.key, value, TTL).block(Await.LONG);
		assertThat(elsewhere().take(this.key).block(Await.LONG)).isEqualTo(value);
		assertThat(values().take(this.key).block(Await.LONG)).isNull();
		assertThat(elsewhere().take(this.key).block(Await.LONG)).isNull();
	}

	@Test
	void ofManyWhoTakeItOneGetsIt() {
		values().put(this.key, Bytes.utf8("one"), TTL).block(Await.LONG);
		List<Bytes> taken = Flux.range(0, 16)
			.flatMap((i) -> (i % 2 == 0 ? values() : elsewhere()).take(this.key)
				.subscribeOn(Schedulers.boundedElastic()))
			.collectList()
			.block(Await.LONG);
		assertThat(taken).containsExactly(Bytes.utf8("one"));
	}

	@Test
	void aValueThatIsTooOldIsGone() {
		values().put(this.key, Bytes.utf8("old"), Duration.ofMillis(1)).block(Await.LONG);
		long end = System.nanoTime() + Duration.ofMillis(20).toNanos();
		Await.until(() -> System.nanoTime() > end);
		assertThat(values().take(this.key).block(Await.LONG)).isNull();
	}

	@Test
	void whatNeverWasIsNotThere() {
		assertThat(values().take("nothing").block(Await.LONG)).isNull();
	}

	@Test
	void nothingHappensBeforeItIsSubscribedTo() {
		values().put(this.key, Bytes.utf8("kept"), TTL).block(Await.LONG);
		values().take(this.key);
		assertThat(values().take(this.key).block(Await.LONG)).isEqualTo(Bytes.utf8("kept"));
	}

}
