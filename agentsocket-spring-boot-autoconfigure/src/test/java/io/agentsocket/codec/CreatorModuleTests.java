package io.agentsocket.codec;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CreatorModuleTests {

	static List<JacksonCodec> codecs() {
		return List.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static <T> @Nullable T read(JacksonCodec codec, Map<String, ?> map, Class<T> type) {
		return codec.decode(codec.encode(map), type);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void callsConstructorsOfRecordsAndClasses(JacksonCodec codec) {
		for (int i = 0; i < 3; i++) {
			assertThat(read(codec, Map.of("name", "a", "size", i, "ratio", 0.5), Mixed.class))
				.isEqualTo(new Mixed("a", i, 0.5, null));
			assertThat(read(codec, Map.of("values", List.of("x", "y")), Varied.class)).isNotNull()
				.satisfies((varied) -> assertThat(varied.values()).containsExactly("x", "y"));
			Held held = read(codec, Map.of("name", "b"), Held.class);
			assertThat(held).isNotNull();
			assertThat(held.name).isEqualTo("b");
			assertThat(read(codec, Map.of("name", "c"), Made.class)).isEqualTo(new Made("made c"));
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whatIsAbsentIsNull(JacksonCodec codec) {
		assertThat(read(codec, Map.of(), Loose.class)).isEqualTo(new Loose(null));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void exceptionsOfConstructorsAreThoseOfThePayload(JacksonCodec codec) {
		assertThatExceptionOfType(CodecException.class)
			.isThrownBy(() -> read(codec, Map.of("name", "x"), Checked.class))
			.withRootCauseInstanceOf(java.io.IOException.class);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void errorsOfConstructorsAreNot(JacksonCodec codec) {
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> read(codec, Map.of("name", "x"), Erroneous.class));
	}

	record Mixed(String name, int size, double ratio, @Nullable Long rest) {

	}

	record Varied(String... values) {

	}

	record Loose(@Nullable Integer number) {

	}

	record Made(String name) {

		@JsonCreator
		static Made of(@JsonProperty("name") String name) {
			return new Made("made " + name);
		}

	}

	private static final class Held {

		private final String name;

		@JsonCreator
		private Held(@JsonProperty("name") String name) {
			this.name = name;
		}

	}

	static final class Checked {

		@JsonCreator
		Checked(@JsonProperty("name") String name, @JsonProperty("other") @Nullable String other)
				throws java.io.IOException {
			throw new java.io.IOException(name + other);
		}

	}

	record Erroneous(String name) {

		Erroneous {
			throw new AssertionError(name);
		}

	}

}
