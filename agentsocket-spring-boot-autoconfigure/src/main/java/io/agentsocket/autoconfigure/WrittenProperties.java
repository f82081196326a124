package io.agentsocket.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;

/**
 * The properties as they were written: where, and those that could not be read. Used by
 * one thread.
 */
final class WrittenProperties {

	/** Properties whose values nobody may see. */
	private static final Set<String> SECRETS = Set.of("agentsocket.client.bearer-token", "agentsocket.client.headers",
			"agentsocket.relay.callback.secret", "agentsocket.function.secrets");

	private static final Pattern SECRETS_OF_FUNCTIONS = Pattern
		.compile("agentsocket\\.functions\\.[^.]+\\.(secrets|headers).*");

	private final Iterable<ConfigurationPropertySource> sources;

	private final Map<String, PropertyMistake> unreadable;

	WrittenProperties(Iterable<ConfigurationPropertySource> sources, Map<String, PropertyMistake> unreadable) {
		this.sources = sources;
		this.unreadable = new LinkedHashMap<>(unreadable);
	}

	/** Whether a property, or an element of it, has a value that could not be read. */
	boolean isUnreadable(String property) {
		return this.unreadable.keySet()
			.stream()
			.anyMatch((name) -> name.equals(property) || name.startsWith(property + "[")
					|| name.startsWith(property + "."));
	}

	/** Whether somebody has set a property. */
	boolean isSet(String property) {
		ConfigurationPropertyName name = ConfigurationPropertyName.of(property);
		for (ConfigurationPropertySource source : this.sources) {
			if (source.getConfigurationProperty(name) != null
					|| source.containsDescendantOf(name) == ConfigurationPropertyState.PRESENT) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Describe a mistake.
	 * @param property the property
	 * @param value its value as it was read
	 * @param rule the rule that it breaks
	 * @param change the mend
	 * @return the mistake, with the value as it was written
	 */
	PropertyMistake mistake(String property, @Nullable Object value, String rule, @Nullable String change) {
		ConfigurationProperty written = find(ConfigurationPropertyName.of(property));
		return mistake(property, written, value, rule, change);
	}

	static PropertyMistake mistake(String property, @Nullable ConfigurationProperty written, @Nullable Object value,
			String rule, @Nullable String change) {
		Object present = (written != null) ? written.getValue() : value;
		boolean secret = SECRETS.stream().anyMatch(property::startsWith)
				|| SECRETS_OF_FUNCTIONS.matcher(property).matches();
		String text = secret ? "******" : String.valueOf(present);
		return new PropertyMistake(property, text, (written != null) ? written.getOrigin() : null, rule, change);
	}

	private @Nullable ConfigurationProperty find(ConfigurationPropertyName name) {
		for (ConfigurationPropertySource source : this.sources) {
			ConfigurationProperty written = source.getConfigurationProperty(name);
			if (written != null) {
				return written;
			}
		}
		return null;
	}

}
