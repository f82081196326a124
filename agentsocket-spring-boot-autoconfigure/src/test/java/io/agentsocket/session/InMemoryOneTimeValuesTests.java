package io.agentsocket.session;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link InMemoryOneTimeValues}.
 */
class InMemoryOneTimeValuesTests extends OneTimeValuesContract {

	private final InMemoryOneTimeValues values = new InMemoryOneTimeValues();

	@Override
	protected OneTimeValues values() {
		return this.values;
	}

	@Override
	protected OneTimeValues elsewhere() {
		return this.values;
	}

	@Test
	void thereIsRoomForSoManyOnly() {
		for (int i = 0; i < 10_000; i++) {
			this.values.put("key " + i, Bytes.EMPTY, TTL).block(Await.LONG);
		}
		assertThatIllegalStateException()
			.isThrownBy(() -> this.values.put("one more", Bytes.EMPTY, TTL).block(Await.LONG));
		this.values.take("key 7").block(Await.LONG);
		this.values.put("one more", Bytes.EMPTY, TTL).block(Await.LONG);
	}

}
