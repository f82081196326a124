package io.agentsocket.tool;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values of types that only Kotlin has, or has otherwise than Java.
 */
class KotlinValueTests {

	private static final JsonMapper MAPPER = JsonMapper.builder().findAndAddModules().build();

	private static final List<Action> ACTIONS = AgentTools.builder()
		.mapper(MAPPER)
		.executor(Runnable::run)
		.build()
		.actionsOf(new KotlinValues());

	static List<Codec> codecs() {
		return List.of(JacksonCodec.cbor(CBORMapper.builder().findAndAddModules().build(), Limits.SERVER.depth()),
				JacksonCodec.json(MAPPER, Limits.SERVER.depth()));
	}

	static Stream<Arguments> sparse() {
		return KotlinValues.sparseValues()
			.entrySet()
			.stream()
			.flatMap((entry) -> entry.getValue()
				.stream()
				.flatMap((value) -> codecs().stream().map((codec) -> Arguments.of(codec, entry.getKey(), value))));
	}

	@ParameterizedTest
	@MethodSource("sparse")
	void valuesThatAreNotWrittenComeBack(Codec codec, String name, Object value) {
		Call call = Call.of(ACTIONS, name).codec(codec).with("v", value);
		assertThat(call.value()).isEqualTo(value);
		Bytes sent = codec.encode(value);
		assertThat(codec.<Object>decode(sent, Objects.requireNonNull(call.action().resultType()))).isEqualTo(value);
	}

	static Stream<Arguments> misfits() {
		Stream<List<Object>> cases = Stream.of(List.of("mail", "x"), List.of("maybeMail", "x"),
				List.of("presetMail", "x"), List.of("even", 3), List.of("laterMail", "x"),
				List.of("laterMaybeMail", "x"), List.of("laterMaybeEven", 3));
		return cases.flatMap((one) -> codecs().stream().map((codec) -> Arguments.of(codec, one.get(0), one.get(1))));
	}

	@ParameterizedTest
	@MethodSource("misfits")
	void valuesThatAValueClassRefusesAreNoArguments(Codec codec, String name, Object value) {
		assertThat(Call.of(ACTIONS, name).codec(codec).with("v", value).broken()).containsExactly("/v value");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void valuesThatAValueClassTakesAreArguments(Codec codec) {
		for (String name : List.of("mail", "maybeMail", "presetMail", "laterMail", "laterMaybeMail")) {
			assertThat(Call.of(ACTIONS, name).codec(codec).with("v", "x@y").value()).as(name).isEqualTo("x@y");
		}
		assertThat(Call.of(ACTIONS, "even").codec(codec).with("v", 4).value()).isEqualTo(4);
		assertThat(Call.of(ACTIONS, "laterMaybeEven").codec(codec).with("v", 4).value()).isEqualTo("4");
		assertThat(Call.of(ACTIONS, "laterMaybeEven").codec(codec).with("v", null).value()).isEqualTo("null");
		assertThat(Call.of(ACTIONS, "presetMail").codec(codec).with().value()).isEqualTo("a@b");
	}

	static Stream<Arguments> unsigned() {
		Stream<List<Object>> cases = Stream.of(List.of("wide", List.of(1.5), "/v/0 type"),
				List.of("wide", List.of(true), "/v/0 type"), List.of("wide", List.of("1"), "/v/0 type"),
				List.of("unsigned", 1.5, "/v type"), List.of("unsigned", true, "/v type"),
				List.of("unsigned", "1", "/v type"));
		return cases.flatMap(
				(one) -> codecs().stream().map((codec) -> Arguments.of(codec, one.get(0), one.get(1), one.get(2))));
	}

	@ParameterizedTest
	@MethodSource("unsigned")
	void numbersWithoutASignAreReadFromIntegers(Codec codec, String name, Object value, String broken) {
		assertThat(Call.of(ACTIONS, name).codec(codec).with("v", value).broken()).containsExactly(broken);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersWithoutASignHaveTheirWholeRange(Codec codec) {
		assertThat(Call.of(ACTIONS, "wide").codec(codec).with("v", List.of(1, 2.0, Long.MAX_VALUE)).value())
			.isEqualTo("[1, 2, 9223372036854775807]");
		assertThat(Call.of(ACTIONS, "unsigned").codec(codec).with("v", 4_294_967_295L).value()).isEqualTo("4294967295");
		assertThat(Call.of(ACTIONS, "unsigned").codec(codec).with("v", null).value()).isEqualTo("null");
		assertThat(Call.of(ACTIONS, "small").codec(codec).with("v", List.of(255), "w", List.of(65_535)).value())
			.isEqualTo("[255][65535]");
	}

}
