package io.agentsocket.codec.declared;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationContext;

/**
 * Counts how often values of one hash have to be compared with each other in a table of
 * hashes. Hashes of records, lists and maps can be computed: a peer that sends different
 * values of one hash makes the time for a set grow as the square of their number. The
 * table of the JDK finds values among others of their hash by their order, but only where
 * their class has one.
 */
public final class SameHashes {

	/** Comparisons whatever the number of values: some milliseconds. */
	private static final long COMPARISONS = 250_000;

	/** Comparisons for each value. */
	private static final long FOR_EACH = 16;

	/** So many values of one hash are no matter. */
	private static final int FEW = 100;

	private final Map<Integer, List<@Nullable Object>> different = new HashMap<>();

	private long left = COMPARISONS;

	/**
	 * Whether values of a class are found by their order, or have hashes that nobody can
	 * choose. An order of the application may say of different values that they are the
	 * same.
	 * @param type a class
	 * @return {@code false} if a peer can choose different values of one hash
	 */
	static boolean areHarmless(Class<?> type) {
		if (type.isEnum() || type.isPrimitive()) {
			return true;
		}
		if (type.getClassLoader() != null) {
			return false;
		}
		for (Type one : type.getGenericInterfaces()) {
			if (one instanceof ParameterizedType generic && generic.getRawType() == Comparable.class
					&& generic.getActualTypeArguments()[0] == type) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the values of a collection can be put into a set in a time that grows as
	 * their number does.
	 * @param values any values
	 * @return {@code true} if it takes too much work
	 */
	public static boolean areTooMuchWork(Collection<?> values) {
		return new SameHashes().exceeds(values);
	}

	/**
	 * The work of a reading.
	 * @param context the reading
	 * @param attribute what it is for
	 * @return the same each time
	 */
	static SameHashes of(DeserializationContext context, Object attribute) {
		if (context.getAttribute(attribute) instanceof SameHashes known) {
			return known;
		}
		SameHashes work = new SameHashes();
		context.setAttribute(attribute, work);
		return work;
	}

	/** Whether these values, with those before, take too much work. */
	boolean exceeds(Collection<?> values) {
		if (values.size() <= FEW) {
			return false;
		}
		// Not each hash has a slot of its own, but few values share one by accident.
		int bits = Integer.SIZE - Integer.numberOfLeadingZeros(values.size());
		int[] slots = new int[1 << bits];
		int most = 0;
		for (Object value : values) {
			most = Math.max(most, ++slots[slot(value, bits)]);
		}
		if (most <= FEW) {
			return false;
		}
		this.different.clear();
		for (Object value : values) {
			if (slots[slot(value, bits)] > FEW && exceeds(value)) {
				return true;
			}
		}
		this.different.clear();
		return false;
	}

	private static int slot(@Nullable Object value, int bits) {
		return Objects.hashCode(value) * 0x9E3779B9 >>> Integer.SIZE - bits;
	}

	/** Whether this value, with those before, takes too much work. */
	boolean exceeds(@Nullable Object value) {
		List<@Nullable Object> others = this.different.computeIfAbsent(Objects.hashCode(value),
				(hash) -> new ArrayList<>(1));
		this.left += FOR_EACH;
		for (Object other : others) {
			if (--this.left < 0) {
				return true;
			}
			if (Objects.equals(other, value)) {
				return false;
			}
		}
		others.add(value);
		return false;
	}

}
