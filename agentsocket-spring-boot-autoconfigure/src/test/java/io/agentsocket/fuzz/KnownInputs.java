package io.agentsocket.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs a fuzzer without Jazzer: over the inputs that are known, and over some that are
 * made from them at random.
 */
public final class KnownInputs {

	private static final int MOST_FAILURES = 10;

	/** Each build tries the same inputs; other ones are for long runs. */
	private static final long SEED = 1;

	private final Map<String, byte[]> inputs;

	private final FuzzTarget target;

	/**
	 * Take the inputs of a fuzzer.
	 * @param fuzzer its class
	 * @param target its method
	 * @throws ReflectiveOperationException if it has no inputs
	 */
	public KnownInputs(Class<?> fuzzer, FuzzTarget target) throws ReflectiveOperationException {
		this.inputs = FuzzCorpus.of(fuzzer);
		this.target = target;
	}

	/** Assert that all known inputs hold. */
	public void hold() {
		assertThat(this.inputs).isNotEmpty();
		List<String> failures = new ArrayList<>();
		this.inputs.forEach((name, input) -> run(name, input, failures));
		assertThat(failures).isEmpty();
	}

	/**
	 * Assert that inputs hold which are made of the known ones.
	 * @param count how many
	 */
	public void holdWhenChanged(int count) {
		long seed = Long.getLong("fuzz.seed", SEED);
		Random random = new Random(seed);
		List<byte[]> known = List.copyOf(this.inputs.values());
		List<String> failures = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			byte[] input = known.get(random.nextInt(known.size())).clone();
			for (int changes = random.nextInt(4); changes >= 0 && input.length > 0; changes--) {
				input = changed(input, known.get(random.nextInt(known.size())), random);
			}
			run("-Dfuzz.seed=" + seed + " number " + i, input, failures);
		}
		assertThat(failures).isEmpty();
	}

	private void run(String name, byte[] input, List<String> failures) {
		try {
			this.target.fuzzerTestOneInput(input);
		}
		catch (Exception | AssertionError | StackOverflowError ex) {
			if (failures.size() < MOST_FAILURES) {
				failures.add(name + ": " + ex + " at " + Arrays.stream(ex.getStackTrace()).limit(6).toList() + " for "
						+ HexFormat.of().formatHex(input));
			}
		}
	}

	private static byte[] changed(byte[] input, byte[] other, Random random) {
		int at = random.nextInt(input.length);
		switch (random.nextInt(5)) {
			case 0 -> input[at] = (byte) random.nextInt(256);
			case 1 -> input[at] ^= (byte) (1 << random.nextInt(8));
			case 2 -> {
				return Arrays.copyOf(input, at + 1);
			}
			case 3 -> {
				int from = random.nextInt(Math.max(1, other.length));
				byte[] joined = Arrays.copyOf(input, at + other.length - from);
				System.arraycopy(other, from, joined, at, other.length - from);
				return joined;
			}
			default -> {
				int length = random.nextInt(input.length - at);
				byte[] removed = Arrays.copyOf(input, input.length - length);
				System.arraycopy(input, at + length, removed, at, input.length - at - length);
				return removed;
			}
		}
		return input;
	}

	/**
	 * The method that Jazzer calls.
	 */
	@FunctionalInterface
	public interface FuzzTarget {

		/**
		 * Check one input.
		 * @param input the input
		 * @throws Exception if it cannot be checked
		 */
		void fuzzerTestOneInput(byte[] input) throws Exception;

	}

}
