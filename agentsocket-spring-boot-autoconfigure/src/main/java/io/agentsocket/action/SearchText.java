package io.agentsocket.action;

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

	static SearchText of(Action action) {
		return new SearchText(lower(action.name()), lower(action.title()), lower(action.description()),
				action.tags().stream().map(SearchText::lower).toList());
	}

	private static String lower(@Nullable String text) {
		return (text != null) ? text.toLowerCase(Locale.ROOT) : "";
	}

}
