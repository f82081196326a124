package io.agentsocket.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.boot.origin.Origin;

/**
 * Warns of properties below {@code agentsocket} that nothing reads, as a misspelt name
 * would otherwise go unnoticed. It is a warning and no failure, since an application may
 * read properties of its own there. Variables of the environment are left out: their
 * names belong to everybody. Used by one thread.
 */
final class UnknownProperties {

	private static final Log logger = LogFactory.getLog(UnknownProperties.class);

	private static final String METADATA = "META-INF/spring-configuration-metadata.json";

	/** A name that differs in more letters than these was hardly meant. */
	private static final int MAX_DISTANCE = 4;

	private final ConfigurationPropertyName root;

	private final Set<ConfigurationPropertyName> read;

	/**
	 * Create a search.
	 * @param root the names below it are looked at
	 * @param read names that were looked for when the properties were bound
	 */
	UnknownProperties(ConfigurationPropertyName root, Set<ConfigurationPropertyName> read) {
		this.root = root;
		this.read = read;
	}

	/**
	 * Write one line for each property that nothing reads.
	 * @param sources all properties as they were written
	 */
	void report(Iterable<ConfigurationPropertySource> sources) {
		UnboundElementsSourceFilter filter = new UnboundElementsSourceFilter();
		Set<ConfigurationPropertyName> unread = new TreeSet<>();
		for (ConfigurationPropertySource source : sources) {
			if (source instanceof IterableConfigurationPropertySource names && filter.apply(source)) {
				names.stream()
					.filter((name) -> this.root.isAncestorOf(name) && !this.read.contains(name))
					.forEach(unread::add);
			}
		}
		if (unread.isEmpty()) {
			return;
		}
		Set<String> known = known();
		for (ConfigurationPropertyName name : unread) {
			if (!isDescribed(name.toString(), known)) {
				logger.warn("Nothing reads the property " + name + origin(name, sources) + "."
						+ nearest(name.toString(), known).map((near) -> " Is " + near + " meant?").orElse(""));
			}
		}
	}

	/**
	 * Other classes may read properties, too, and elements of their maps have any name.
	 */
	private boolean isDescribed(String name, Set<String> known) {
		return known.contains(name) || known.stream()
			.anyMatch((group) -> (name.startsWith(group + ".") || name.startsWith(group + "["))
					&& !this.read.contains(ConfigurationPropertyName.of(group)));
	}

	private static String origin(ConfigurationPropertyName name, Iterable<ConfigurationPropertySource> sources) {
		for (ConfigurationPropertySource source : sources) {
			Origin origin = Origin.from(source.getConfigurationProperty(name));
			if (origin != null) {
				return " (" + origin + ")";
			}
		}
		return "";
	}

	private static Optional<String> nearest(String name, Set<String> known) {
		return known.stream()
			.filter((other) -> distance(name, other) <= MAX_DISTANCE)
			.min(Comparator.comparingInt((other) -> distance(name, other)));
	}

	/** Letters to insert, delete or replace (Levenshtein's distance). */
	private static int distance(String from, String to) {
		int[] previous = new int[to.length() + 1];
		for (int j = 0; j <= to.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= from.length(); i++) {
			int[] current = new int[to.length() + 1];
			current[0] = i;
			for (int j = 1; j <= to.length(); j++) {
				int replaced = previous[j - 1] + ((from.charAt(i - 1) != to.charAt(j - 1)) ? 1 : 0);
				current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
			}
			previous = current;
		}
		return previous[to.length()];
	}

	/** The names that the metadata of all modules describe. */
	private Set<String> known() {
		Set<String> names = new TreeSet<>();
		try {
			for (URL url : Collections.list(UnknownProperties.class.getClassLoader().getResources(METADATA))) {
				try (InputStream content = url.openStream()) {
					for (JsonNode property : JsonMapper.shared().readTree(content).path("properties")) {
						names.add(property.path("name").asString());
					}
				}
			}
		}
		catch (IOException | JacksonException ex) {
			logger.debug("The metadata of properties cannot be read", ex);
		}
		names.removeIf((name) -> !name.startsWith(this.root + "."));
		return names;
	}

}
