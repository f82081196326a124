package io.agentsocket.connection.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class IntStreamMapTests {

	private final IntStreamMap map = new IntStreamMap();

	@Test
	void isEmptyAtFirst() {
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(this.map.get(1)).isNull();
		this.map.remove(1, new TestStream(1));
		assertThat(this.map.size()).isZero();
	}

	@Test
	void removesOnlyTheStreamThatHasTheId() {
		Stream present = new TestStream(3);
		this.map.put(3, new TestStream(3));
		this.map.put(3, present);
		this.map.remove(3, new TestStream(3));
		assertThat(this.map.get(3)).isSameAs(present);
		assertThat(this.map.size()).isEqualTo(1);
		this.map.remove(3, present);
		assertThat(this.map.get(3)).isNull();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 1 << 20, 0x10000001 })
	void behavesLikeAMap(int step) {
		Random random = new Random(step);
		Map<Integer, Stream> expected = new HashMap<>();
		for (int i = 0; i < 20_000; i++) {
			int id = 1 + random.nextInt(100) * step & Integer.MAX_VALUE | 1;
			Stream present = expected.get(id);
			if (present != null && random.nextInt(5) > 0) {
				expected.remove(id);
				this.map.remove(id, present);
			}
			else {
				Stream stream = new TestStream(id);
				expected.put(id, stream);
				this.map.put(id, stream);
			}
			assertThat(this.map.size()).isEqualTo(expected.size());
			int other = 1 + random.nextInt(100) * step & Integer.MAX_VALUE | 1;
			assertThat(this.map.get(other)).isSameAs(expected.get(other));
		}
		List<Stream> all = new ArrayList<>();
		this.map.addTo(all);
		assertThat(all).containsExactlyInAnyOrderElementsOf(expected.values());
		expected.forEach((id, stream) -> assertThat(this.map.get(id)).isSameAs(stream));
		this.map.clear();
		assertThat(this.map.isEmpty()).isTrue();
		expected.keySet().forEach((id) -> assertThat(this.map.get(id)).isNull());
	}

	private static final class TestStream extends Stream {

		private final int id;

		TestStream(int id) {
			this.id = id;
		}

		@Override
		public int id() {
			return this.id;
		}

		@Override
		public void item(Frame.Item frame, Bytes body, Metadata metadata) {
		}

		@Override
		public void failed(ActionException error) {
		}

		@Override
		public void breakOff(ActionException reason) {
		}

		@Override
		public void credit(long items) {
		}

		@Override
		public void resume() {
		}

		@Override
		public void abandon(ActionException reason) {
		}

	}

}
