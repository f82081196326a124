package io.agentsocket.observation;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Redacts values whose name has one of some texts in it, however it is written:
 * {@code apiKey}, {@code API_KEY} and {@code my-api-key} are the same. Immutable.
 */
@Internal
public final class RedactedNames implements AuditRedaction {

	private final List<String> parts;

	/**
	 * Create a redaction.
	 * @param parts parts of names
	 */
	public RedactedNames(Collection<String> parts) {
		this.parts = parts.stream().map(RedactedNames::plain).filter((part) -> !part.isEmpty()).toList();
	}

	@Override
	public @Nullable Object redact(String action, String name, @Nullable Object value) {
		String plain = plain(name);
		return this.parts.stream().anyMatch(plain::contains) ? REDACTED : value;
	}

	private static String plain(String name) {
		StringBuilder plain = new StringBuilder(name.length());
		name.chars().filter(Character::isLetterOrDigit).forEach((c) -> plain.append((char) c));
		return plain.toString().toLowerCase(Locale.ROOT);
	}

}
