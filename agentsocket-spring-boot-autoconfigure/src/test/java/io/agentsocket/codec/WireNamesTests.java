package io.agentsocket.codec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.sym.ByteQuadsCanonicalizer;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer does not choose how much is remembered of the names that it sends.
 */
class WireNamesTests {

	static List<JacksonCodec> codecs() {
		return List.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static int remembered(JacksonCodec codec) {
		Object table = ReflectionTestUtils.getField(codec.mapper().tokenStreamFactory(), "_byteSymbolCanonicalizer");
		assertThat(table).isInstanceOf(ByteQuadsCanonicalizer.class);
		return ((ByteQuadsCanonicalizer) table).size();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void longNamesAreReadAndForgotten(JacksonCodec codec) {
		codec.decode(codec.encode(Map.of("usual", 1)), Map.class);
		assertThat(remembered(codec)).isOne();
		for (int i = 0; i < 100; i++) {
			Map<String, Integer> map = Map.of(i + "x".repeat(100_000), i, "usual", 2);
			Bytes bytes = codec.encode(map);
			assertThat(codec.<Map<?, ?>>decode(bytes, Map.class)).isEqualTo(map);
			codec.verifyMap(bytes);
		}
		assertThat(remembered(codec)).isOne();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void namesOfManyPayloadsAreBounded(JacksonCodec codec) {
		for (int i = 0; i < 20_000; i++) {
			codec.decode(codec.encode(Map.of("n" + i, i)), Map.class);
		}
		assertThat(remembered(codec)).isBetween(1, 6_000);
	}

	@Test
	void largePayloadsAreReadWithTheirOwnNames() {
		Map<String, Object> map = new LinkedHashMap<>();
		for (int i = 0; i < 3_000; i++) {
			map.put("name" + i, i);
		}
		for (JacksonCodec codec : codecs()) {
			assertThat(codec.<Map<?, ?>>decode(codec.encode(map), Map.class)).isEqualTo(map);
			assertThat(remembered(codec)).isZero();
		}
	}

}
