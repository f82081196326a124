package com.example.cluster;

import java.util.Collection;
import java.util.Locale;

/**
 * Times in milliseconds.
 *
 * @param sorted in ascending order
 */
record Times(long[] sorted) {

	static Times of(Collection<Long> millis) {
		return new Times(millis.stream().mapToLong(Long::longValue).sorted().toArray());
	}

	int count() {
		return this.sorted.length;
	}

	/**
	 * The time that a part of all does not exceed.
	 * @param part from 0 to 1
	 * @return milliseconds, 0 if there are none
	 */
	long quantile(double part) {
		return (count() == 0) ? 0 : this.sorted[(int) Math.min(count() - 1, Math.ceil(count() * part) - 1)];
	}

	long worst() {
		return quantile(1);
	}

	@Override
	public String toString() {
		return (count() == 0) ? "-"
				: String.format(Locale.ROOT, "median %,d ms, 95%% %,d ms, 99%% %,d ms, worst %,d ms (%,d)",
						quantile(0.5), quantile(0.95), quantile(0.99), worst(), count());
	}

}
