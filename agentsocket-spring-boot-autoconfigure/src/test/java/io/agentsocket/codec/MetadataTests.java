package io.agentsocket.codec;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import io.agentsocket.codec.Metadata.Details;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MetadataTests {

	private static final Metadata FULL = new Metadata(7, 1500, "order-17",
			"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 32, new Progress(1.5, 3.0, "halfway"),
			new Details(List.of(new Violation("/city", "required", "is required")), "c0ffee", 1500), "aGFzaA", 2);

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	/** Keys that are numbers are integers in CBOR. */
	private static Bytes metadata(JacksonCodec codec, Map<String, ?> map) {
		if (codec.name().equals("json")) {
			return codec.encodeMap(map);
		}
		StringBuilder hex = new StringBuilder().append(HexFormat.of().toHexDigits((byte) (0xA0 | map.size())));
		map.forEach((key, value) -> hex
			.append(codec.encode(key.chars().allMatch(Character::isDigit) ? Integer.valueOf(key) : key))
			.append(codec.encode(value)));
		return Bytes.of(HexFormat.of().parseHex(hex));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a1613205", "a16132f6", "a1613820", "a16232300b", "a17f6132ff05", "bf613205ff",
			"a1c1613205", "a2613101613202" })
	void textIsNoKeyThatIsKnownInCbor(String hex) {
		assertThat(JacksonCodec.cbor().decodeMetadata(Bytes.of(HexFormat.of().parseHex(hex)))).isEqualTo(Metadata.NONE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a2613207021903e8", "a2021903e8613207", "a3613207021903e8613209",
			"a209a1613163616263021903e8", "bf613207021903e8ff", "a22007021903e8", "a21bffffffffffffffff07021903e8",
			"a23bffffffffffffffff07021903e8", "a1c118021903e8" })
	void textBesideAnIntegerChangesNothingInCbor(String hex) {
		assertThat(JacksonCodec.cbor().decodeMetadata(Bytes.of(HexFormat.of().parseHex(hex))).deadline())
			.isEqualTo(1000);
	}

	/** Floats, bytes, an array, a map, null, true, and an integer in a map inside. */
	@ParameterizedTest
	@ValueSource(strings = { "a1f9400005", "a1fa4000000005", "a1410205", "a1c2410205", "a1810205", "a1a005", "a1f605",
			"a1f505", "a109a10102", "a11840a10102" })
	void keysOfOtherTypesAreRefusedInCbor(String hex) {
		assertThatExceptionOfType(CodecException.class)
			.isThrownBy(() -> JacksonCodec.cbor().decodeMetadata(Bytes.of(HexFormat.of().parseHex(hex))));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void readsWhatItWrites(JacksonCodec codec) {
		assertThat(codec.decodeMetadata(codec.encodeMetadata(FULL))).isEqualTo(FULL);
		Metadata edges = new Metadata(Integer.MAX_VALUE, 0, "k", "", 0, new Progress(0, null, null),
				new Details(List.of(), null), "", Integer.MAX_VALUE);
		assertThat(codec.decodeMetadata(codec.encodeMetadata(edges))).isEqualTo(edges);
	}

	@Test
	void timeOfRetryThatIsNoTimeIsIgnored() {
		for (String retry : List.of("-3", "2147483648", "1e3", "\"5\"", "[1]", "null")) {
			Metadata read = JacksonCodec.json().decodeMetadata(Bytes.utf8("{\"9\":{\"retry\":" + retry + "}}"));
			assertThat(read.details()).as(retry).isEqualTo(new Details(List.of(), null));
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nothingSetIsNoBytes(JacksonCodec codec) {
		assertThat(codec.encodeMetadata(Metadata.NONE)).isEqualTo(Bytes.EMPTY);
		assertThat(codec.decodeMetadata(Bytes.EMPTY)).isEqualTo(Metadata.NONE);
	}

	@Test
	void keysAreIntegersInCbor() {
		Bytes bytes = JacksonCodec.cbor().encodeMetadata(new Metadata(0, 5000, null, null, 8, null, null, null, 0));
		assertThat(bytes).isEqualTo(Bytes.of(HexFormat.of().parseHex("a2021913880708")));
	}

	@Test
	void keysAreDecimalTextsInJson() {
		Bytes bytes = JacksonCodec.json().encodeMetadata(Metadata.of(new Progress(1, null, "a")));
		assertThat(bytes.toUtf8()).isEqualTo("{\"8\":[1,null,\"a\"]}");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void ignoresUnknownKeys(JacksonCodec codec) {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("12", Map.of("a", List.of(1, Map.of("b", 2))));
		map.put("3", "reserved");
		map.put("text", List.of());
		map.put("2", 10);
		map.put("8", Arrays.asList(1, null, "x"));
		map.put("9", Map.of("violations", List.of(Map.of("rule", "type", "more", Map.of())), "other", List.of(1)));
		Metadata metadata = codec.decodeMetadata(metadata(codec, map));
		assertThat(metadata.deadline()).isEqualTo(10);
		assertThat(metadata.progress()).isEqualTo(new Progress(1, null, "x"));
		assertThat(metadata.details()).isEqualTo(new Details(List.of(new Violation("", "type", "")), null));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void ignoresDetailsOfAnotherType(JacksonCodec codec) {
		Map<String, Object> details = Map.of("violations",
				List.of(1, List.of(Map.of()), Map.of("pointer", List.of("x"), "rule", 5, "message", "m")),
				"correlation", Map.of("a", 1));
		assertThat(codec.decodeMetadata(metadata(codec, Map.of("9", details))).details())
			.isEqualTo(new Details(List.of(new Violation("", "", "m")), null));
		assertThat(codec.decodeMetadata(metadata(codec, Map.of("9", Map.of("violations", Map.of("a", List.of())))))
			.details()).isEqualTo(new Details(List.of(), null));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void ignoresATraceContextThatCannotBeOne(JacksonCodec codec) {
		assertThat(codec.decodeMetadata(metadata(codec, Map.of("5", "x".repeat(1000)))).traceparent()).isNull();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void refusesWrongTypesAndRanges(JacksonCodec codec) {
		Map<String, Object> noProgress = new LinkedHashMap<>();
		noProgress.put("8", Collections.singletonList(null));
		for (Map<String, Object> map : List.<Map<String, Object>>of(Map.of("1", -1), Map.of("1", 1L << 31),
				Map.of("1", "1"), Map.of("2", 1.5), Map.of("2", 5.0), Map.of("4", ""),
				Map.of("2", Varint.MAX_COUNTER + 1), Map.of("2", List.of()), Map.of("4", 4),
				Map.of("4", "x".repeat(65)), Map.of("4", "é".repeat(33)), Map.of("5", Map.of()), Map.of("7", -1),
				Map.of("8", 1), Map.of("8", List.of()), Map.of("8", List.of("x")), noProgress,
				Map.of("8", List.of(1, 2, 3)), Map.of("8", List.of(1)), Map.of("8", Arrays.asList(1, null, null, null)),
				Map.of("9", List.of()), Map.of("10", "x".repeat(33)), Map.of("11", -1))) {
			refuses(codec, map);
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersAreNotAboveTheirBounds(JacksonCodec codec) {
		List<Object> always = List.of(1L << 53, Long.MAX_VALUE, BigInteger.ONE.shiftLeft(63),
				BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE));
		for (String key : List.of("1", "11")) {
			for (Object value : List.of(1L << 31, 1L << 32, (1L << 32) + 1)) {
				refuses(codec, Map.of(key, value));
			}
		}
		for (String key : List.of("1", "2", "7", "11")) {
			always.forEach((value) -> refuses(codec, Map.of(key, value)));
		}
		Metadata largest = codec.decodeMetadata(metadata(codec,
				Map.of("1", Varint.MAX_INT, "2", Varint.MAX_COUNTER, "7", Varint.MAX_COUNTER, "11", Varint.MAX_INT)));
		assertThat(largest).isEqualTo(new Metadata(Varint.MAX_INT, Varint.MAX_COUNTER, null, null, Varint.MAX_COUNTER,
				null, null, null, Varint.MAX_INT));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullIsNoValueOfAKnownKeyAndIsIgnoredElsewhere(JacksonCodec codec) {
		for (String key : List.of("1", "2", "4", "5", "7", "8", "9", "10", "11")) {
			refuses(codec, Collections.singletonMap(key, null));
		}
		for (String key : List.of("0", "3", "6", "12", "255", "x")) {
			assertThat(codec.decodeMetadata(metadata(codec, Collections.singletonMap(key, null))))
				.isEqualTo(Metadata.NONE);
		}
	}

	private static void refuses(JacksonCodec codec, Map<String, Object> map) {
		assertThatExceptionOfType(CodecException.class).as("%s", map)
			.isThrownBy(() -> codec.decodeMetadata(metadata(codec, map)))
			.satisfies((ex) -> assertThat(ex.isMalformed()).isFalse())
			.satisfies((ex) -> assertThat(ex.pointer()).startsWith("/" + map.keySet().iterator().next()));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void refusesWhatIsNoMap(JacksonCodec codec) {
		for (Object other : Arrays.asList(null, 1, "x", List.of())) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.decodeMetadata(codec.encode(other)));
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void refusesIdempotencyKeysThatAreTooLongToSend(JacksonCodec codec) {
		Metadata metadata = new Metadata(0, -1, "x".repeat(65), null, -1, null, null, null, 0);
		assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.encodeMetadata(metadata));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void detailsAlwaysFitTheMetadataLimit(JacksonCodec codec) {
		for (String text : List.of("x", "\u0001", "\"", "😀", "é")) {
			Violation violation = new Violation("/" + text.repeat(2000), text.repeat(2000), text.repeat(2000));
			Details details = new Details(Collections.nCopies(1000, violation), text.repeat(1000));
			Metadata metadata = new Metadata(0, -1, null, null, -1, new Progress(1e300, 1e-300, text.repeat(1000)),
					details, null, 0);
			Bytes bytes = codec.encodeMetadata(new Metadata(0, -1, null, null, -1, null, details, null, 0));
			assertThat(bytes.length()).isLessThanOrEqualTo(Limits.SERVER.metadata());
			Details read = codec.decodeMetadata(bytes).details();
			assertThat(read).isNotNull();
			assertThat(read.violations()).isNotEmpty().hasSizeLessThanOrEqualTo(64);
			assertThat(codec.decodeMetadata(codec.encodeMetadata(metadata)).progress()).isNotNull();
		}
		Details small = new Details(Collections.nCopies(1000, new Violation("", "", "")), null);
		Details read = codec.decodeMetadata(codec.encodeMetadata(Metadata.of(small))).details();
		assertThat(read).isNotNull();
		assertThat(read.violations()).hasSize(64);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void boundsViolationsOnRead(JacksonCodec codec) {
		Map<String, Object> violation = Map.of("pointer", "p".repeat(1000), "rule", "r".repeat(1000), "message",
				"m".repeat(1000));
		Bytes bytes = metadata(codec, Map.of("9", Map.of("violations", Collections.nCopies(100, violation))));
		Details details = codec.decodeMetadata(bytes).details();
		assertThat(details).isNotNull();
		assertThat(details.violations()).hasSize(64).allSatisfy((read) -> {
			assertThat(read.pointer()).hasSize(256);
			assertThat(read.rule()).hasSize(64);
			assertThat(read.message()).hasSize(256);
		});
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void anyBytesGiveMetadataOrACodecException(JacksonCodec codec) {
		long seed = System.nanoTime();
		Random random = new Random(seed);
		byte[] valid = codec.encodeMetadata(FULL).toArray();
		for (int i = 0; i < 50_000; i++) {
			byte[] bytes = Arrays.copyOf(valid, 1 + random.nextInt(valid.length));
			for (int change = random.nextInt(5); change > 0; change--) {
				bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
			}
			try {
				codec.decodeMetadata(Bytes.of(bytes));
			}
			catch (CodecException ex) {
				assertThat(ex.getMessage()).isNotBlank();
			}
			catch (RuntimeException ex) {
				throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), ex);
			}
		}
	}

	/** It may have to be passed on: to another agent, or to another pod. */
	@ParameterizedTest
	@MethodSource("codecs")
	void traceContextThatIsTooLongInBytesIsIgnored(JacksonCodec codec) {
		Metadata read = codec.decodeMetadata(metadata(codec, Map.of("5", "\u00e4".repeat(129))));
		assertThat(read.traceparent()).isNull();
		assertThat(codec.encodeMetadata(read)).isEqualTo(Bytes.EMPTY);
	}

}
