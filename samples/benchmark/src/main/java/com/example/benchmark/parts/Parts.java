package com.example.benchmark.parts;

import org.openjdk.jmh.Main;

/**
 * Runs the benchmarks of the parts.
 */
public final class Parts {

	private Parts() {
	}

	/**
	 * Run them.
	 * @param names regular expression of their names, empty for all
	 * @throws Exception if one of them fails
	 */
	public static void run(String names) throws Exception {
		String all = Parts.class.getPackageName() + ".*";
		Main.main(new String[] { names.isBlank() ? all : names, "-prof", "gc" });
	}

}
