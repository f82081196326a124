package io.agentsocket.action;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * The texts of an action in lower case, as searches look at them.
 *
 * @param name its name
 * @param title its title, or empty
 * @param description its description, or empty
 * @param tags its tags
 */
record SearchText(String name, String title, String description, List<String> tags) {

	static SearchText of(String name, @Nullable String title, @Nullable String description, Collection<String> tags) {
		return new SearchText(lower(name), lower(title), lower(description),
				tags.stream().map(SearchText::lower).toList());
	}

	private static String lower(@Nullable String text) {
		return (text != null) ? text.toLowerCase(Locale.ROOT) : "";
	}

}
