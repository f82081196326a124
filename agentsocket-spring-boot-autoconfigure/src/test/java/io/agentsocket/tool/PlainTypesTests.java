package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.dataformat.cbor.CBORMapper;

import static org.assertj.core.api.Assertions.assertThat;

class PlainTypesTests {

	static List<Codec> codecs() {
		return Call.codecs();
	}

	private static Call call(String name, Codec codec) {
		return Call.of(new Tools(), name).codec(codec);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsWhatFits(Codec codec) {
		for (String tool : List.of("primitive", "boxed")) {
			assertThat(call(tool, codec).with("text", "Zoë", "i", -3, "l", 1L << 40, "d", 0.5, "b", true).value())
				.isEqualTo("Zoë -3 1099511627776 0.5 true");
			// A whole number is a number; a small one fits a long.
			assertThat(call(tool, codec).with("text", "", "i", 0, "l", 7, "d", 2, "b", false).value())
				.isEqualTo(" 0 7 2.0 false");
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsNothingThatTheDeserializerWouldReadOtherwise(Codec codec) {
		ObjectMapper mapper = codec.mapper();
		List<Object> values = List.of("", "x", "3", "0.5", "true", 0, -3, 1L << 40, BigInteger.ONE.shiftLeft(70), 0.5,
				2.0, 1e300, new BigDecimal("1.25"), true, false, List.of("x"), List.of(3), Map.of("x", 1));
		int fitting = 0;
		for (Class<?> type : List.of(String.class, int.class, Integer.class, long.class, Long.class, double.class,
				Double.class, boolean.class, Boolean.class)) {
			PlainTypes plain = PlainTypes.of(mapper, mapper.constructType(type));
			assertThat(plain).isNotEqualTo(PlainTypes.NONE);
			ObjectReader reader = mapper.readerFor(type);
			for (Object value : values) {
				byte[] bytes = codec.encode(value).toArray();
				Object read = outcome(() -> {
					try (JsonParser parser = mapper.createParser(bytes)) {
						parser.nextToken();
						return plain.read(parser);
					}
				});
				if (read != null) {
					fitting++;
					assertThat(read).as(type + " of " + value).isEqualTo(outcome(() -> reader.readValue(bytes)));
				}
			}
		}
		assertThat(fitting).isGreaterThanOrEqualTo(29);
	}

	private static @Nullable Object outcome(Callable<@Nullable Object> reading) {
		try {
			return reading.call();
		}
		catch (Exception ex) {
			return ex.getClass();
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void misfitsAreViolations(Codec codec) {
		Object[][] misfits = { { "text", List.of("x") }, { "i", "3" }, { "i", 1.5 }, { "i", 1L << 40 }, { "i", true },
				{ "l", "3" }, { "l", 1.5 }, { "l", BigInteger.ONE.shiftLeft(70) }, { "d", "0.5" }, { "d", false },
				{ "b", "true" }, { "b", 1 }, { "b", List.of(true) } };
		for (String tool : List.of("primitive", "boxed")) {
			for (Object[] misfit : misfits) {
				Object[] arguments = { "text", "x", "i", 1, "l", 2, "d", 0.5, "b", true };
				for (int i = 0; i < arguments.length; i += 2) {
					if (arguments[i].equals(misfit[0])) {
						arguments[i + 1] = misfit[1];
					}
				}
				assertThat(call(tool, codec).with(arguments).violations()).as(tool + " " + List.of(misfit))
					.singleElement()
					.extracting((violation) -> violation.pointer())
					.isEqualTo("/" + misfit[0]);
			}
		}
	}

	@Test
	void deserializersOfTheApplicationAreUsed() {
		SimpleModule module = new SimpleModule().addDeserializer(String.class, new Upper());
		Codec codec = JacksonCodec.cbor(CBORMapper.builder().addModule(module).build(), 32);
		assertThat(call("primitive", codec).with("text", "x", "i", 1, "l", 2, "d", 0.5, "b", true).value())
			.isEqualTo("X 1 2 0.5 true");
	}

	@Test
	void isNoneForOtherTypesAndDeserializers() {
		ObjectMapper mapper = CBORMapper.builder().build();
		assertThat(PlainTypes.of(mapper, mapper.constructType(String.class))).isEqualTo(PlainTypes.TEXT);
		assertThat(PlainTypes.of(mapper, mapper.constructType(int.class))).isEqualTo(PlainTypes.INT);
		assertThat(PlainTypes.of(mapper, mapper.constructType(Long.class))).isEqualTo(PlainTypes.LONG);
		assertThat(PlainTypes.of(mapper, mapper.constructType(double.class))).isEqualTo(PlainTypes.DOUBLE);
		assertThat(PlainTypes.of(mapper, mapper.constructType(Boolean.class))).isEqualTo(PlainTypes.BOOLEAN);
		assertThat(PlainTypes.of(mapper, mapper.constructType(float.class))).isEqualTo(PlainTypes.NONE);
		assertThat(PlainTypes.of(mapper, mapper.constructType(List.class))).isEqualTo(PlainTypes.NONE);
		ObjectMapper custom = CBORMapper.builder()
			.addModule(new SimpleModule().addDeserializer(String.class, new Upper()))
			.build();
		assertThat(PlainTypes.of(custom, custom.constructType(String.class))).isEqualTo(PlainTypes.NONE);
	}

	static final class Upper extends StdScalarDeserializer<String> {

		Upper() {
			super(String.class);
		}

		@Override
		public String deserialize(JsonParser parser, DeserializationContext context) {
			return parser.getString().toUpperCase(java.util.Locale.ROOT);
		}

	}

	static final class Tools {

		@AgentTool("primitive")
		String primitive(String text, int i, long l, double d, boolean b) {
			return text + " " + i + " " + l + " " + d + " " + b;
		}

		@AgentTool("boxed")
		String boxed(@Nullable String text, Integer i, Long l, Double d, Boolean b) {
			return text + " " + i + " " + l + " " + d + " " + b;
		}

	}

}
