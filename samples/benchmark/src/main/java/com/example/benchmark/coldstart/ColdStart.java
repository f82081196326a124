package com.example.benchmark.coldstart;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Measures cold starts of functions: from the start of a process to the first byte of its
 * first answer, on each JDK, with each step that makes it shorter, with and without a web
 * server. The functions are those of {@code samples/functions} and
 * {@code samples/lambda}, as their builds package them.
 */
public final class ColdStart {

	private static final int ROUNDS = 9;

	private final Path directory;

	private ColdStart(Path directory) {
		this.directory = directory;
	}

	/**
	 * Measure, and print a table in the form of the documents.
	 * @throws Exception if something cannot be measured
	 */
	public static void run() throws Exception {
		String jdks = System.getProperty("bench.java", "");
		String chosen = System.getProperty("bench.contestants", "");
		String rounds = System.getProperty("bench.rounds", "");
		Path directory = Files.createTempDirectory("cold-start");
		try {
			ColdStart start = new ColdStart(directory);
			for (String jdk : (jdks.isBlank() ? System.getProperty("java.home") : jdks).split(",")) {
				start.measure(Path.of(jdk.strip()), chosen.isBlank() ? List.of() : Arrays.asList(chosen.split(",")),
						rounds.isBlank() ? ROUNDS : Integer.parseInt(rounds));
			}
		}
		finally {
			delete(directory);
		}
	}

	private void measure(Path jdk, List<String> chosen, int rounds) throws Exception {
		int version = version(jdk);
		System.out.printf(
				"%n| JDK %d, median of %d (least to most), ms | without a web server | with one |%n|---|---|---|%n",
				version, rounds);
		List<Step> steps = Step.of(version)
			.stream()
			.filter((step) -> chosen.isEmpty() || chosen.contains(step.name()))
			.toList();
		List<Contestant> contestants = new ArrayList<>();
		for (Step step : steps) {
			contestants
				.add(new Contestant(step, prepare(jdk, step, Application.LAMBDA), prepare(jdk, step, Application.WEB)));
		}
		for (int i = 0; i < rounds; i++) {
			for (Contestant contestant : contestants) {
				contestant.lambda().measure();
				contestant.web().measure();
			}
		}
		contestants.forEach((contestant) -> System.out.printf("| %s | %s | %s |%n", contestant.step().title(),
				contestant.lambda(), contestant.web()));
	}

	private Series prepare(Path jdk, Step step, Application application) throws Exception {
		Path jar = application.jar();
		Path place = Files.createTempDirectory(this.directory, application.name().toLowerCase(Locale.ROOT));
		String java = jdk.resolve("bin").resolve("java").toString();
		List<String> command = new ArrayList<>(List.of(java));
		command.addAll(step.options());
		if (step.extracted()) {
			execute(place, java, "-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", "app");
			jar = place.resolve("app").resolve(jar.getFileName());
			command.addAll(List.of("-cp", jar.toString(), application.main()));
		}
		else {
			command.addAll(List.of("-Dloader.main=" + application.main(), "-cp", jar.toString(),
					"org.springframework.boot.loader.launch.PropertiesLauncher"));
		}
		if (step.training() != null && step.trained() != null) {
			List<String> training = new ArrayList<>(command);
			training.add(1, step.training());
			try (FunctionProcess process = application.start(place, training)) {
				process.firstByte();
				process.end();
			}
			command.add(1, step.trained());
		}
		return new Series(application, place, command);
	}

	private static void execute(Path directory, String... command) throws Exception {
		Process process = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		if (process.waitFor() != 0) {
			throw new IllegalStateException(String.join(" ", command) + " has failed");
		}
	}

	private static int version(Path jdk) throws IOException {
		try (Stream<String> lines = Files.lines(jdk.resolve("release"))) {
			return lines.filter((line) -> line.startsWith("JAVA_VERSION="))
				.map((line) -> Integer.parseInt(line.replaceAll("[^0-9.]", "").split("\\.")[0]))
				.findFirst()
				.orElseThrow();
		}
	}

	private static void delete(Path directory) throws IOException {
		Files.walkFileTree(directory, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.delete(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path folder, IOException error) throws IOException {
				Files.delete(folder);
				return FileVisitResult.CONTINUE;
			}

		});
	}

	private record Contestant(Step step, Series lambda, Series web) {
	}

	/**
	 * The times of one way to start one application.
	 */
	private static final class Series {

		private final Application application;

		private final Path directory;

		private final List<String> command;

		private final List<Double> times = new ArrayList<>();

		private final List<Double> cpu = new ArrayList<>();

		Series(Application application, Path directory, List<String> command) {
			this.application = application;
			this.directory = directory;
			this.command = command;
		}

		void measure() throws Exception {
			try (FunctionProcess process = this.application.start(this.directory, this.command)) {
				this.times.add(process.firstByte() / 1e6);
				this.cpu.add(process.cpu());
			}
		}

		@Override
		public String toString() {
			List<Double> sorted = this.times.stream().sorted().toList();
			return String.format(Locale.ROOT, "%.0f (%.0f to %.0f), processor %.0f", sorted.get(sorted.size() / 2),
					sorted.get(0), sorted.get(sorted.size() - 1),
					this.cpu.stream().sorted().toList().get(this.cpu.size() / 2));
		}

	}

}
