package io.agentsocket.tool;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * A fuzzer of arguments: the first byte of an input chooses a tool, bit 7 of it the
 * codec, and the rest is the encoded argument {@code v}. Whatever it is, the outcome is
 * INVALID_ARGUMENT with violations that show nothing of the inside, or a value that is
 * bound again as the same when it is sent back.
 */
public final class ArgumentsFuzz {

	/** Words that a message has only when the argument has them. */
	private static final List<String> INSIDE = List.of("Exception", "java.", "jackson", "io.agentsocket");

	private static final List<Action> ACTIONS = actions();

	/** Longer values only make a fuzzer slow. */
	private static final int LONGEST = 4096;

	private ArgumentsFuzz() {
	}

	/** Tools of more than plain types. */
	static class Tools extends ExtremeValueTests.Tools {

		// @formatter:off
		@AgentTool Order order(@AgentParam("v") @Valid Order v) { return v; }
		@AgentTool List<Order> orders(@AgentParam("v") @Size(max = 3) List<@Valid Order> v) { return v; }
		@AgentTool Optional<Order> maybe(@AgentParam("v") Optional<Order> v) { return v; }
		@AgentTool Object anything(@AgentParam("v") Object v) { return v; }
		@AgentTool byte[] bytes(@AgentParam("v") byte[] v) { return v; }
		@AgentTool Level level(@AgentParam("v") Level v) { return v; }
		@AgentTool Map<Integer, List<Level>> levels(@AgentParam("v") Map<Integer, List<Level>> v) { return v; }
		// @formatter:on

	}

	enum Level {

		LOW, HIGH

	}

	record Order(@Pattern(regexp = "[a-z]{1,8}") String name, @Max(100) int count, @Nullable BigDecimal price,
			List<Integer> sizes, Map<String, @Nullable Level> levels, Optional<Instant> due, @Nullable Order next) {

	}

	private static List<Action> actions() {
		return AgentTools.builder()
			.executor(Runnable::run)
			.build()
			.actionsOf(new Tools())
			.stream()
			.sorted(Comparator.comparing(Action::name))
			.toList();
	}

	/**
	 * Inputs to begin with: the values of {@link ExtremeValueTests} that can be sent, and
	 * some that the other tools take.
	 * @return the inputs by their names
	 */
	static Map<String, byte[]> seeds() {
		Map<String, byte[]> seeds = new LinkedHashMap<>();
		ExtremeValueTests.values().forEach((arguments) -> {
			Object[] values = arguments.get();
			add(seeds, (String) values[0], (Codec) values[2], values[1]);
		});
		Order last = new Order("last", 1, null, List.of(), Map.of(), Optional.empty(), null);
		Order order = new Order("first", 100, new BigDecimal("1.50"), List.of(1, 2), Map.of("a", Level.HIGH),
				Optional.of(Instant.EPOCH), last);
		for (Codec codec : Call.codecs()) {
			add(seeds, "order", codec, order);
			add(seeds, "orders", codec, List.of(order, last));
			add(seeds, "maybe", codec, Optional.of(last));
			add(seeds, "anything", codec, List.of(1.5, "two", Map.of("three", true)));
			add(seeds, "bytes", codec, new byte[] { 1, -1 });
			add(seeds, "level", codec, Level.LOW);
			add(seeds, "levels", codec, Map.of(1, List.of(Level.LOW, Level.HIGH)));
		}
		return seeds;
	}

	private static void add(Map<String, byte[]> seeds, String name, Codec codec, Object value) {
		for (int i = 0; i < ACTIONS.size(); i++) {
			Action action = ACTIONS.get(i);
			if (action.name().equals(name)) {
				try {
					byte[] bytes = codec.encode(value, Objects.requireNonNullElse(action.resultType(), Object.class))
						.exactArray();
					if (bytes.length < LONGEST) {
						byte[] seed = new byte[bytes.length + 1];
						seed[0] = (byte) (i | Call.codecs().indexOf(codec) << 7);
						System.arraycopy(bytes, 0, seed, 1, bytes.length);
						seeds.put(name + "-" + codec.name() + "-" + seeds.size(), seed);
					}
				}
				catch (CodecException ex) {
					// Some of the extreme values cannot be sent.
				}
			}
		}
	}

	/**
	 * Check one input. Called by Jazzer under this name.
	 * @param input the input
	 */
	public static void fuzzerTestOneInput(byte[] input) {
		if (input.length == 0) {
			return;
		}
		Action action = ACTIONS.get((input[0] & 0x7F) % ACTIONS.size());
		Codec codec = Call.codecs().get((input[0] & 0xFF) >> 7);
		Object value = call(action, codec, arguments(codec, input));
		if (value == null) {
			return;
		}
		Bytes sent;
		try {
			sent = codec.encode(value, Objects.requireNonNullElse(action.resultType(), Object.class));
		}
		catch (CodecException ex) {
			// Values that cannot be sent, such as lone surrogates.
			return;
		}
		codec.verify(sent);
	}

	private static byte[] arguments(Codec codec, byte[] input) {
		ByteArrayOutputStream arguments = new ByteArrayOutputStream();
		boolean json = codec.name().equals("json");
		arguments
			.writeBytes(json ? "{\"v\":".getBytes(StandardCharsets.US_ASCII) : new byte[] { (byte) 0xA1, 0x61, 'v' });
		arguments.write(input, 1, input.length - 1);
		if (json) {
			arguments.write('}');
		}
		return arguments.toByteArray();
	}

	private static @Nullable Object call(Action action, Codec codec, byte[] arguments) {
		try {
			return Call.of(List.of(action), action.name()).codec(codec).withBytes(arguments).value();
		}
		catch (ActionException ex) {
			String sent = new String(arguments, StandardCharsets.ISO_8859_1);
			require(ex.errorCode() == ErrorCode.INVALID_ARGUMENT, action, ex.toString());
			for (Violation violation : ex.violations()) {
				String text = violation.message() + violation.rule();
				for (String word : INSIDE) {
					require(!text.contains(word) || sent.contains(word), action, violation.toString());
				}
			}
			return null;
		}
	}

	private static void require(boolean condition, Action action, String outcome) {
		if (!condition) {
			throw new AssertionError(action.name() + ": " + outcome);
		}
	}

}
