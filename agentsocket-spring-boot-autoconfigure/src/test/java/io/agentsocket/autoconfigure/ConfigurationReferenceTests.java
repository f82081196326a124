package io.agentsocket.autoconfigure;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentsocket.protocol.Limits;
import io.agentsocket.server.ServerSettings;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The metadata of the properties is complete, and {@code docs/configuration.md} says the
 * same. Run with {@code -Dagentsocket.write-reference=true} to write its tables.
 */
class ConfigurationReferenceTests {

	private static final Path METADATA = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");

	private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");

	private static final Pattern TABLE = Pattern.compile("<!-- properties: (\\S+) -->\n(.*?)<!-- end -->",
			Pattern.DOTALL);

	private final Map<String, Map<String, Object>> properties = properties();

	@SuppressWarnings("unchecked")
	private static Map<String, Map<String, Object>> properties() {
		Map<String, Object> metadata = JsonMapper.shared().readValue(METADATA.toFile(), Map.class);
		Map<String, Map<String, Object>> properties = new TreeMap<>();
		((List<Map<String, Object>>) metadata.get("properties"))
			.forEach((property) -> properties.put((String) property.get("name"), property));
		return properties;
	}

	@Test
	void everyPropertyHasMetadata() {
		TreeSet<String> expected = new TreeSet<>();
		collect("agentsocket", AgentSocketProperties.class, expected);
		assertThat(this.properties.keySet()).containsAll(expected);
	}

	private static void collect(String prefix, Class<?> type, TreeSet<String> names) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = prefix + "." + dashed(component.getName());
			if (component.getType().isRecord()) {
				collect(name, component.getType(), names);
			}
			else {
				names.add(name);
			}
		}
	}

	private static String dashed(String name) {
		String dashed = name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
		return ConfigurationPropertyName.of(dashed).toString();
	}

	@Test
	void everyPropertyHasADescriptionAndAType() {
		assertThat(this.properties).isNotEmpty().allSatisfy((name, property) -> {
			assertThat((String) property.get("description")).isNotBlank()
				.endsWith(".")
				.matches("[A-Z].*")
				.doesNotStartWith("The ")
				.doesNotStartWith("A ");
			assertThat((String) property.get("type")).isNotBlank();
			if (property.get("type").equals("java.lang.Boolean")) {
				assertThat((String) property.get("description")).startsWith("Whether ");
			}
		});
	}

	@Test
	void documentedDefaultsAreThoseOfTheServer() {
		ServerSettings defaults = ServerSettings.DEFAULTS;
		assertThat(time("agentsocket.server.hello-timeout")).isEqualTo(defaults.helloTimeout());
		assertThat(time("agentsocket.server.keep-alive")).isEqualTo(defaults.keepAlive());
		assertThat(time("agentsocket.session.idle-timeout")).isEqualTo(defaults.idleTimeout());
		assertThat(size("agentsocket.server.limits.window")).isEqualTo(defaults.limits().window());
		assertThat(size("agentsocket.client.limits.window")).isEqualTo(Limits.CLIENT.window());
	}

	private Duration time(String property) {
		return DurationStyle.detectAndParse(value(property));
	}

	private long size(String property) {
		return DataSize.parse(value(property)).toBytes();
	}

	private String value(String property) {
		return String.valueOf(this.properties.get(property).get("defaultValue"));
	}

	@Test
	void theDocumentHasEveryProperty() throws IOException {
		String document = Files.readString(DOCUMENT);
		String expected = TABLE.matcher(document)
			.replaceAll((match) -> Matcher.quoteReplacement(
					"<!-- properties: " + match.group(1) + " -->\n" + table(match.group(1)) + "<!-- end -->"));
		if (Boolean.getBoolean("agentsocket.write-reference")) {
			Files.writeString(DOCUMENT, expected);
		}
		else {
			assertThat(document).isEqualTo(expected);
		}
		assertThat(TABLE.matcher(document).results().flatMap((match) -> of(match.group(1)).stream()))
			.containsExactlyInAnyOrderElementsOf(this.properties.keySet());
	}

	/** Names of the properties directly below a prefix. */
	private List<String> of(String prefix) {
		return this.properties.keySet()
			.stream()
			.filter((name) -> name.startsWith(prefix + ".") && name.indexOf('.', prefix.length() + 1) < 0)
			.toList();
	}

	private String table(String prefix) {
		return of(prefix).stream()
			.map(this::row)
			.collect(Collectors.joining("", "| property | default | meaning |\n|---|---|---|\n", ""));
	}

	private String row(String name) {
		Map<String, Object> property = this.properties.get(name);
		Object value = property.get("defaultValue");
		return "| `" + name + "` | " + ((value != null) ? "`" + value + "`" : "") + " | " + property.get("description")
				+ " |\n";
	}

}
