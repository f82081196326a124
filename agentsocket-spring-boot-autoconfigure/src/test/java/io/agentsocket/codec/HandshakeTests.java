package io.agentsocket.codec;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class HandshakeTests {

	private static final Limits LARGE = new Limits(65_536, 16_384, 1_048_576, 4_194_304, 1024, 32, 524_288, 1024, 128,
			4096, 32);

	private static final Map<String, Object> RESUME = Map.of("session", "s", "token", "t", "log", "l", "rx", 0, "tx", 0,
			"first", 1);

	private static final Map<String, Object> WELCOME = Map.of("status", "new", "session", "s", "token", "t", "log",
			"l");

	private static final List<Object> ABOVE_INT = List.of(1L << 31, (1L << 32) - 1, 1L << 32, (1L << 32) + 65_536);

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static Map<String, Object> with(Map<String, Object> map, String key, Object value) {
		Map<String, Object> result = new LinkedHashMap<>(map);
		result.put(key, value);
		return result;
	}

	private static Map<String, Object> without(Map<String, Object> map, String key) {
		Map<String, Object> result = new LinkedHashMap<>(map);
		result.remove(key);
		return result;
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void helloIsReadAsWritten(JacksonCodec codec) {
		Hello hello = new Hello("secret", new Hello.Resume("s1", "t1", "l1", 5, Varint.MAX_COUNTER, 3, 2),
				new Capacity(131_072, 65_536, 16_384, 2_000_000, 8, 16), "hash", new Software("agent", "1.0"));
		assertThat(Hello.decode(codec, hello.encode(codec))).isEqualTo(hello);
		Hello empty = new Hello(null, null, Capacity.DEFAULT, null, null);
		assertThat(Hello.decode(codec, empty.encode(codec))).isEqualTo(empty);
		assertThat(codec.decodeMap(empty.encode(codec))).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void welcomeIsReadAsWritten(JacksonCodec codec) {
		Welcome welcome = new Welcome(Welcome.Status.RESUMED, "s1", "t1", "l1", 7, 9, 60_000, 20_000,
				new Capacity(65_536, 65_536, 8_192, 1_000_000, 4, 12), 64, new Welcome.Catalog("hash", 1000),
				new Software("server", "2.0"));
		assertThat(Welcome.decode(codec, welcome.encode(codec))).isEqualTo(welcome);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void absentKeysHaveDefaults(JacksonCodec codec) {
		Welcome welcome = Welcome.decode(codec, codec.encodeMap(WELCOME));
		assertThat(welcome.rx()).isZero();
		assertThat(welcome.next()).isOne();
		assertThat(welcome.ttl()).isEqualTo(-1);
		assertThat(welcome.catalog()).isNull();
		assertThat(welcome.limits()).isEqualTo(Limits.SERVER);
		assertThat(Hello.decode(codec, codec.encodeMap(Map.of())).limits()).isEqualTo(Limits.CLIENT);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void unknownKeysAreIgnored(JacksonCodec codec) {
		Map<String, Object> map = with(Map.of("client", Map.of("name", "n", "other", 1)), "unknown",
				List.of(Map.of("a", 1)));
		assertThat(Hello.decode(codec, codec.encodeMap(map)).client()).isEqualTo(new Software("n", ""));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void wrongValuesInHelloAreNamed(JacksonCodec codec) {
		refuses(codec, Map.of("auth", 1), "/auth");
		refuses(codec, Collections.singletonMap("auth", null), "/auth");
		refuses(codec, Map.of("window", "131072"), "/window");
		refuses(codec, Map.of("window", 32_767), "/window");
		refuses(codec, Map.of("window", 65_536, "frame", 32_769, "message", 65_536), "/window");
		refuses(codec, Map.of("message", 16_383), "/message");
		refuses(codec, Map.of("message", 8_191, "frame", 1_024), "/message");
		refuses(codec, Map.of("frame", 1_023), "/frame");
		refuses(codec, Map.of("frame", 16_384.0), "/frame");
		refuses(codec, Map.of("item", -1), "/item");
		refuses(codec, Map.of("items", Varint.MAX_COUNTER + 1), "/items");
		refuses(codec, Map.of("streams", List.of()), "/streams");
		refuses(codec, Map.of("catalog", "x".repeat(33)), "/catalog");
		refuses(codec, Map.of("client", "me"), "/client");
		refuses(codec, Map.of("client", Map.of("name", 1)), "/client/name");
		refuses(codec, Map.of("resume", List.of()), "/resume");
		for (String key : RESUME.keySet()) {
			refuses(codec, Map.of("resume", without(RESUME, key)), "/resume/" + key);
			refuses(codec, Map.of("resume", with(RESUME, key, Map.of())), "/resume/" + key);
		}
		refuses(codec, Map.of("resume", with(RESUME, "rx", -1)), "/resume/rx");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullIsNoValueOfAKnownKey(JacksonCodec codec) {
		for (String key : List.of("auth", "resume", "window", "message", "frame", "item", "items", "streams", "catalog",
				"client")) {
			refuses(codec, Collections.singletonMap(key, null), "/" + key);
		}
		for (String key : RESUME.keySet()) {
			refuses(codec, Map.of("resume", with(RESUME, key, null)), "/resume/" + key);
		}
		refuses(codec, Map.of("resume", with(RESUME, "attempt", null)), "/resume/attempt");
		refuses(codec, Map.of("client", Collections.singletonMap("version", null)), "/client/version");
		for (String key : List.of("status", "session", "token", "log", "rx", "next", "ttl", "keepalive", "window",
				"message", "frame", "item", "items", "streams", "aliases", "catalog", "server", "expires")) {
			refusesWelcome(codec, with(WELCOME, key, null), "/" + key);
		}
	}

	/** A lossy conversion would take them for small numbers, or for none. */
	private static List<Object> above(long bound) {
		return List.of(bound + 1, (1L << 53), (1L << 53) + 65_536, Long.MAX_VALUE, BigInteger.ONE.shiftLeft(63),
				BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE),
				BigInteger.ONE.shiftLeft(64).add(BigInteger.valueOf(65_536)));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersAreNotAboveTheirBounds(JacksonCodec codec) {
		for (String key : List.of("window", "message", "frame", "item", "streams")) {
			for (Object value : Stream.concat(ABOVE_INT.stream(), above(Varint.MAX_INT).stream()).toList()) {
				refuses(codec, Map.of(key, value), "/" + key);
				refusesWelcome(codec, with(WELCOME, key, value), "/" + key);
			}
		}
		for (String key : List.of("ttl", "keepalive", "aliases", "expires")) {
			for (Object value : Stream.concat(ABOVE_INT.stream(), above(Varint.MAX_INT).stream()).toList()) {
				refusesWelcome(codec, with(WELCOME, key, value), "/" + key);
			}
		}
		for (Object value : Stream.concat(ABOVE_INT.stream(), above(Varint.MAX_INT).stream()).toList()) {
			refusesWelcome(codec, with(WELCOME, "catalog", Map.of("size", value)), "/catalog/size");
		}
		for (Object value : above(Varint.MAX_COUNTER)) {
			refuses(codec, Map.of("items", value), "/items");
			for (String key : List.of("rx", "tx", "first", "attempt")) {
				refuses(codec, Map.of("resume", with(RESUME, key, value)), "/resume/" + key);
			}
			for (String key : List.of("items", "rx", "next")) {
				refusesWelcome(codec, with(WELCOME, key, value), "/" + key);
			}
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void numbersMayBeAsLargeAsTheirBounds(JacksonCodec codec) {
		Capacity largest = new Capacity(Varint.MAX_INT, Varint.MAX_INT, Varint.MAX_INT / 2, Varint.MAX_INT,
				Varint.MAX_COUNTER, Varint.MAX_INT);
		Hello hello = new Hello(null, new Hello.Resume("s", "t", "l", Varint.MAX_COUNTER, Varint.MAX_COUNTER,
				Varint.MAX_COUNTER, Varint.MAX_COUNTER), largest, null, null);
		assertThat(Hello.decode(codec, hello.encode(codec))).isEqualTo(hello);
		Welcome welcome = new Welcome(Welcome.Status.NEW, "s", "t", "l", Varint.MAX_COUNTER, Varint.MAX_COUNTER,
				Varint.MAX_INT, Varint.MAX_INT, largest, Varint.MAX_INT, new Welcome.Catalog(null, Varint.MAX_INT),
				null, Varint.MAX_INT);
		assertThat(Welcome.decode(codec, welcome.encode(codec))).isEqualTo(welcome);
		for (Limits limits : List.of(hello.limits(), welcome.limits())) {
			assertThat(limits.window()).isEqualTo(Limits.MAX_WINDOW);
			assertThat(limits.message()).isEqualTo(1 << 26);
			assertThat(limits.frame()).isEqualTo(1 << 24);
			assertThat(limits.item()).isEqualTo(1 << 28);
			assertThat(limits.items()).isEqualTo(1 << 20);
			assertThat(limits.streams()).isEqualTo(1 << 20);
		}
	}

	private static void refuses(JacksonCodec codec, Map<String, Object> map, String pointer) {
		assertThatExceptionOfType(CodecException.class).as("%s", map)
			.isThrownBy(() -> Hello.decode(codec, codec.encodeMap(map)))
			.satisfies((ex) -> assertThat(ex.pointer()).isEqualTo(pointer));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void wrongValuesInWelcomeAreNamed(JacksonCodec codec) {
		for (String key : WELCOME.keySet()) {
			refusesWelcome(codec, without(WELCOME, key), "/" + key);
			refusesWelcome(codec, with(WELCOME, key, 1), "/" + key);
		}
		refusesWelcome(codec, with(WELCOME, "status", "old"), "/status");
		refusesWelcome(codec, with(WELCOME, "status", "NEW"), "/status");
		refusesWelcome(codec, with(WELCOME, "session", "x".repeat(65)), "/session");
		refusesWelcome(codec, with(WELCOME, "next", 0), "/next");
		refusesWelcome(codec, with(WELCOME, "keepalive", 999), "/keepalive");
		refusesWelcome(codec, with(WELCOME, "catalog", Map.of("hash", "x".repeat(33))), "/catalog/hash");
		refusesWelcome(codec, with(WELCOME, "window", 1), "/window");
	}

	private static void refusesWelcome(JacksonCodec codec, Map<String, Object> map, String pointer) {
		assertThatExceptionOfType(CodecException.class).as("%s", map)
			.isThrownBy(() -> Welcome.decode(codec, codec.encodeMap(map)))
			.satisfies((ex) -> assertThat(ex.pointer()).isEqualTo(pointer));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whatIsNoMapIsRefused(JacksonCodec codec) {
		for (Bytes body : List.of(Bytes.EMPTY, codec.encode(List.of()), codec.encode(null))) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> Hello.decode(codec, body));
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> Welcome.decode(codec, body));
		}
	}

	@Test
	void capacityTellsOnlyWhatDiffersFromTheDefaults() {
		assertThat(Capacity.of(Limits.CLIENT, Limits.CLIENT)).isEqualTo(Capacity.DEFAULT);
		assertThat(Capacity.of(LARGE, Limits.SERVER).window()).isEqualTo(524_288);
		assertThat(Capacity.of(LARGE, Limits.SERVER).frame()).isEqualTo(-1);
	}

	@Test
	void hugeCapacitiesAreCutToWhatLimitsCanExpress() {
		Capacity capacity = new Capacity(Varint.MAX_INT, Varint.MAX_INT, 1 << 29, Varint.MAX_INT, Varint.MAX_COUNTER,
				Varint.MAX_INT);
		Limits limits = capacity.limits(Limits.SERVER);
		assertThat(limits.frame()).isEqualTo(1 << 24);
		assertThat(limits.items()).isEqualTo(1 << 20);
	}

	@Test
	void smallCapacitiesAreKept() {
		Limits limits = new Capacity(32_768, 1024, 1024, 1024, 0, 0).limits(Limits.SERVER);
		assertThat(limits.frame()).isEqualTo(1024);
		assertThat(limits.message()).isEqualTo(1024);
		assertThat(limits.item()).isEqualTo(1024);
		assertThat(limits.items()).isZero();
		assertThat(limits.streams()).isZero();
	}

	@Test
	void textsDoNotShowTokens() {
		Hello.Resume resume = new Hello.Resume("s1", "resume-secret", "l1", 0, 0, 1, 0);
		assertThat(new Hello("bearer-secret", resume, Capacity.DEFAULT, null, null).toString())
			.doesNotContain("secret");
		assertThat(new Welcome(Welcome.Status.NEW, "s1", "resume-secret", "l1", 0, 1, -1, -1, Capacity.DEFAULT, -1,
				null, null)
			.toString()).doesNotContain("secret");
	}

}
