package com.example.benchmark;

/**
 * Result of a contestant in one round.
 *
 * @param operations answered calls, or tokens that arrived
 * @param nanos how long it took
 * @param p50 half of the calls took no longer, nanoseconds; 0 if not recorded
 * @param p99 99 of 100 calls took no longer, nanoseconds; 0 if not recorded
 */
record LoadResult(long operations, long nanos, long p50, long p99) {

	double perSecond() {
		return this.operations * 1e9 / this.nanos;
	}

	String encode() {
		return this.operations + "," + this.nanos + "," + this.p50 + "," + this.p99;
	}

	static LoadResult parse(String encoded) {
		String[] parts = encoded.split(",");
		return new LoadResult(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]),
				Long.parseLong(parts[3]));
	}

}
