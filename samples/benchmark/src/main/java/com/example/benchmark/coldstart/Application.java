package com.example.benchmark.coldstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A function that starts.
 */
enum Application {

	/** Takes requests from a Runtime API. */
	LAMBDA("lambda", "com.example.lambda.ShopFunction"),

	/** Takes requests on Reactor Netty. */
	WEB("functions", "com.example.functions.ShopFunction");

	private final String sample;

	private final String main;

	Application(String sample, String main) {
		this.sample = sample;
		this.main = main;
	}

	String main() {
		return this.main;
	}

	/** From the folder of this sample, or from that of the whole project. */
	Path jar() throws IOException {
		for (String parent : List.of("samples", "..")) {
			Path target = Path.of(parent, this.sample, "target");
			if (Files.isDirectory(target)) {
				try (Stream<Path> files = Files.list(target)) {
					List<Path> jars = files.filter((file) -> file.toString().endsWith(".jar")).toList();
					if (jars.size() == 1) {
						return jars.get(0).toAbsolutePath().normalize();
					}
				}
			}
		}
		throw new IllegalStateException("There is no jar of samples/" + this.sample
				+ "; make it with: mvn -pl samples/lambda,samples/functions -am package -DskipTests");
	}

	FunctionProcess start(Path directory, List<String> command) throws IOException {
		return (this == LAMBDA) ? new LambdaProcess(directory, command) : new WebProcess(directory, command);
	}

}
