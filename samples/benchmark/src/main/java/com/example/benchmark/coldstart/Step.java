package com.example.benchmark.coldstart;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A way to start.
 *
 * @param name its name in options
 * @param title its name in tables
 * @param extracted whether the jar is extracted first
 * @param options options of the JVM
 * @param training option of the JVM of a run before, or {@code null} without one
 * @param trained option of the JVM that uses what that run has left
 */
record Step(String name, String title, boolean extracted, List<String> options, @Nullable String training,
		@Nullable String trained) {

	private static final List<String> SMALL = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

	private static final List<String> AOT = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
			"-Dspring.aot.enabled=true");

	private static final String TRAINING = "-XX:ArchiveClassesAtExit=app.jsa";

	private static final String TRAINED = "-XX:SharedArchiveFile=app.jsa";

	/** The first JDK that makes an AOT cache in one run. */
	private static final int AOT_CACHE = 25;

	static List<Step> of(int version) {
		List<Step> steps = new ArrayList<>(List.of(new Step("plain", "`java -jar`", false, List.of(), null, null),
				new Step("small", "and one compiler, one collector", false, SMALL, null, null),
				new Step("extracted", "and extracted", true, SMALL, null, null),
				new Step("cds", "and class-data sharing", true, SMALL, TRAINING, TRAINED),
				new Step("spring-aot", "extracted, Spring AOT", true, AOT, null, null),
				new Step("spring-aot-cds", "and class-data sharing", true, AOT, TRAINING, TRAINED)));
		if (version >= AOT_CACHE) {
			steps.add(new Step("aot-cache", "extracted, AOT cache", true, SMALL, "-XX:AOTCacheOutput=app.aot",
					"-XX:AOTCache=app.aot"));
			steps.add(new Step("spring-aot-aot-cache", "and Spring AOT", true, AOT, "-XX:AOTCacheOutput=app.aot",
					"-XX:AOTCache=app.aot"));
		}
		return steps;
	}

}
