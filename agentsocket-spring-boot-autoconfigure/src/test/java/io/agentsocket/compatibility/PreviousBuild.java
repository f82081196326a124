package io.agentsocket.compatibility;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import io.agentsocket.Await;
import io.agentsocket.TestClassPath;

import org.springframework.boot.SpringBootVersion;

/**
 * An earlier state of the library, compiled from the history of the repository.
 */
final class PreviousBuild {

	private static final Path MODULE = Path.of("agentsocket-spring-boot-autoconfigure");

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

	/** The version of Spring Boot that a build takes its libraries from. */
	private static final Pattern PARENT = Pattern
		.compile("<artifactId>spring-boot-starter-parent</artifactId>\\s*<version>([^<]*)</version>");

	private PreviousBuild() {
	}

	/** The reason why there can be no previous build here, or an empty text. */
	static String missing(String commit) throws IOException, InterruptedException {
		if (!Files.exists(JAVA_HOME.resolve("bin/javac"))) {
			return "there is no compiler beside the Java that runs this";
		}
		try {
			return (run(ROOT, List.of("git", "cat-file", "-e", commit + "^{commit}")) == 0) ? otherLibraries(commit)
					: "the history does not reach back to " + commit;
		}
		catch (IOException ex) {
			return "there is no git";
		}
	}

	/**
	 * Why the libraries of this build are not those of the earlier one, or an empty text.
	 */
	private static String otherLibraries(String commit) throws IOException, InterruptedException {
		Process show = new ProcessBuilder("git", "show", commit + ":pom.xml").directory(ROOT.toFile())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		Matcher parent = PARENT.matcher(new String(show.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
		show.waitFor();
		String needed = line(parent.find() ? parent.group(1) : "");
		String present = SpringBootVersion.getVersion();
		return needed.equals(line(present)) ? ""
				: "the build of " + commit + " needs Spring Boot " + needed + ", and this is " + present;
	}

	/** The first two numbers of a version. */
	private static String line(String version) {
		return version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
	}

	/**
	 * Compile the library.
	 * @param commit the commit
	 * @param directory gets everything
	 * @return the folder with the classes and resources
	 */
	static Path compile(String commit, Path directory) throws IOException, InterruptedException {
		Path archive = directory.resolve("previous.zip");
		String main = MODULE.resolve("src/main").toString();
		if (run(ROOT, List.of("git", "archive", "--format=zip", "-o", archive.toString(), commit, main)) != 0) {
			throw new IOException("git archive has failed");
		}
		unpack(archive, directory);
		Path sources = directory.resolve(main);
		Path classes = Files.createDirectory(directory.resolve("classes"));
		try (Stream<Path> files = Files.walk(sources.resolve("java"))) {
			List<String> arguments = new ArrayList<>(
					List.of("-nowarn", "-parameters", "-proc:none", "-d", classes.toString(), "-cp", libraries()));
			files.filter((file) -> file.toString().endsWith(".java")).map(Path::toString).forEach(arguments::add);
			Path options = directory.resolve("options");
			Files.write(options, arguments.stream().map(PreviousBuild::quoted).toList());
			if (run(directory, List.of(JAVA_HOME.resolve("bin/javac").toString(), "-J-Xmx600m",
					"-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "@" + options)) != 0) {
				throw new IOException("The sources of " + commit + " do not compile");
			}
		}
		copy(sources.resolve("resources"), classes);
		return classes;
	}

	private static String quoted(String argument) {
		return '"' + argument.replace("\\", "\\\\") + '"';
	}

	private static void unpack(Path archive, Path directory) throws IOException {
		try (ZipFile zip = new ZipFile(archive.toFile())) {
			for (ZipEntry entry : zip.stream().filter((each) -> !each.isDirectory()).toList()) {
				Path file = directory.resolve(entry.getName()).normalize();
				Files.createDirectories(file.getParent());
				Files.copy(zip.getInputStream(entry), file);
			}
		}
	}

	private static void copy(Path from, Path to) throws IOException {
		try (Stream<Path> files = Files.walk(from)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				Path target = to.resolve(from.relativize(file));
				Files.createDirectories(target.getParent());
				Files.copy(file, target);
			}
		}
	}

	private static int run(Path directory, List<String> command) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		if (!process.waitFor(Await.LONG.toSeconds() * 5, TimeUnit.SECONDS)) {
			process.destroyForcibly();
			throw new IOException(command.get(0) + " takes too long");
		}
		return process.exitValue();
	}

	/** The class path without the present build. */
	static String libraries() {
		return TestClassPath.entries()
			.stream()
			.filter((entry) -> !isSame(entry, Path.of("target", "classes")))
			.map((entry) -> entry.toAbsolutePath().toString())
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static boolean isSame(Path entry, Path other) {
		try {
			return Files.exists(entry) && Files.isSameFile(entry, other);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
