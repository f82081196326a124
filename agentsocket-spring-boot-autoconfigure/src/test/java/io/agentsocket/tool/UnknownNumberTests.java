package io.agentsocket.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Numbers of classes that Jackson does not know, of which it has no more than their text,
 * are numbers on the wire or are not sent, and types of the JDK that it writes as one
 * value are published as such.
 */
class UnknownNumberTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void areNumbersOnTheWire(Codec codec) {
		Call call = Call.of(ACTIONS, "sums").codec(codec);
		Bytes sent = codec.encode(call.value(), Objects.requireNonNull(call.action().resultType()));
		Map<String, Object> read = codec.decodeMap(sent);
		assertThat(read.get("count")).isEqualTo(4);
		assertThat(read.get("sum")).isInstanceOf(Number.class).hasToString("2.5");
		assertThat(read.get("big")).isEqualTo(new BigInteger("18446744073709551616"));
		assertThat(read.get("small")).isInstanceOf(Number.class);
		assertThat(((Number) Objects.requireNonNull(read.get("small"))).doubleValue()).isEqualTo(1e-7);
		Map<String, Number> again = codec.decode(sent, Objects.requireNonNull(call.action().resultType()));
		assertThat(Objects.requireNonNull(again).get("count").intValue()).isEqualTo(4);
	}

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void areNotSentWhenTheyAreNoNumbersOfJson(Codec codec) {
		DoubleAdder nothing = new DoubleAdder();
		nothing.add(Double.NaN);
		DoubleAdder infinite = new DoubleAdder();
		infinite.add(Double.POSITIVE_INFINITY);
		for (Number value : List.of(nothing, infinite, new Written("1/2"), new Written(""), new Written("7,\"x\":8"),
				new Written("9".repeat(1001)))) {
			for (Object payload : List.of(value, Map.of("a", value), List.of(value))) {
				assertThatExceptionOfType(CodecException.class).as("%s", value)
					.isThrownBy(() -> codec.encode(payload))
					.withMessage("the value cannot be written");
			}
		}
	}

	@Test
	void arePublishedAsNumbers() {
		assertThat(Call.of(ACTIONS, "count").action().output()).isEqualTo(Map.of("type", "number"));
		assertThat(Call.of(ACTIONS, "counts").action().output())
			.isEqualTo(Map.of("type", "array", "items", Map.of("type", "number")));
	}

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void anAddressWithAPortIsText(Codec codec) {
		Call call = Call.of(ACTIONS, "address").codec(codec).with("v", "127.0.0.1:80");
		assertThat(call.action().input().get("properties")).isEqualTo(Map.of("v", Map.of("type", "string")));
		assertThat(call.action().output()).isEqualTo(Map.of("type", "string"));
		assertThat(call.value()).isEqualTo(InetSocketAddress.createUnresolved("127.0.0.1", 80));
		assertThat(codec.<Object>decode(codec.encode(Objects.requireNonNull(call.value())), Object.class))
			.isEqualTo("127.0.0.1:80");
		assertThat(Call.of(ACTIONS, "address").codec(codec).with("v", 80).broken()).containsExactly("/v type");
	}

	/** A number of an application. */
	private static final class Written extends Number {

		private static final long serialVersionUID = 1L;

		private final String text;

		Written(String text) {
			this.text = text;
		}

		@Override
		public int intValue() {
			return (int) doubleValue();
		}

		@Override
		public long longValue() {
			return (long) doubleValue();
		}

		@Override
		public float floatValue() {
			return (float) doubleValue();
		}

		@Override
		public double doubleValue() {
			return new BigDecimal(this.text).doubleValue();
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	static class Tools {

		@AgentTool
		Map<String, Number> sums() {
			LongAdder count = new LongAdder();
			count.add(4);
			DoubleAdder sum = new DoubleAdder();
			sum.add(2.5);
			return Map.of("count", count, "sum", sum, "big", new Written("18446744073709551616"), "small",
					new Written("1e-7"));
		}

		@AgentTool
		LongAdder count() {
			return new LongAdder();
		}

		@AgentTool
		List<DoubleAdder> counts() {
			return List.of();
		}

		@AgentTool
		InetSocketAddress address(@AgentParam("v") InetSocketAddress value) {
			return value;
		}

	}

}
