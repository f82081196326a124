package io.agentsocket.autoconfigure.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The files of the console with the headers that go with them, read once. Only these
 * files can be asked for, whatever path a request has. Safe for use by several threads.
 */
final class ConsoleFiles {

	/** Headers of every file: nothing of other origins, no frame around the page. */
	static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
					+ "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cross-Origin-Opener-Policy",
			"same-origin", "Cache-Control", "no-cache");

	private static final String FOLDER = "io/agentsocket/console/";

	private static final Map<String, String> TYPES = Map.of("html", "text/html;charset=UTF-8", "js",
			"text/javascript;charset=UTF-8", "css", "text/css;charset=UTF-8");

	private final Map<String, File> files = new HashMap<>();

	/**
	 * Read the files.
	 * @param loader where they are
	 * @throws UncheckedIOException if they cannot be read
	 */
	ConsoleFiles(ClassLoader loader) {
		try {
			for (Resource resource : new PathMatchingResourcePatternResolver(loader)
				.getResources("classpath:" + FOLDER + "**/*.*")) {
				String url = resource.getURL().toString();
				String name = url.substring(url.lastIndexOf(FOLDER) + FOLDER.length());
				String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
				if (type != null) {
					this.files.put(name, new File(type, resource.getContentAsByteArray()));
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The files of the console cannot be read", ex);
		}
	}

	/**
	 * A file.
	 * @param name relative to the page, such as {@code client/index.js}; empty for the
	 * page itself
	 * @return the file, or {@code null} if there is none
	 */
	@Nullable File find(String name) {
		return this.files.get(name.isEmpty() ? "index.html" : name);
	}

	/**
	 * A file.
	 *
	 * @param type its media type
	 * @param content its bytes, not to be changed
	 */
	record File(String type, byte[] content) {

	}

}
