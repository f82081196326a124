package io.agentsocket;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class path of the tests, for other processes and for the compiler.
 */
public final class TestClassPath {

	private TestClassPath() {
	}

	/**
	 * The entries.
	 * @return folders and files in their order
	 */
	public static List<Path> entries() {
		if (TestClassPath.class.getClassLoader() instanceof URLClassLoader loader) {
			return Arrays.stream(loader.getURLs()).map(TestClassPath::path).toList();
		}
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of).toList();
	}

	/**
	 * A class path that begins with other entries.
	 * @param first entries before those of the tests
	 * @return the text for an option
	 */
	public static String with(Path... first) {
		return Stream.concat(Arrays.stream(first), entries().stream())
			.map(Path::toString)
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static Path path(URL url) {
		try {
			return Path.of(url.toURI());
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
