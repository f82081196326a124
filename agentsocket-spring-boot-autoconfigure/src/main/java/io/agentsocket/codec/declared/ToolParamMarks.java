package io.agentsocket.codec.declared;

import java.lang.reflect.AnnotatedElement;

import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;

/**
 * Reads {@code @ToolParam} of Spring AI, which need not be there, on the properties of a
 * type: it says the same of them as {@code AgentParam}.
 */
public final class ToolParamMarks {

	private static final String NAME = "org.springframework.ai.tool.annotation.ToolParam";

	private ToolParamMarks() {
	}

	/**
	 * Whether a property is marked as optional.
	 * @param element its field
	 * @return {@code false} without the annotation
	 */
	static boolean isOptional(AnnotatedElement element) {
		MergedAnnotation<?> mark = mark(element);
		return mark.isPresent() && !mark.getBoolean("required");
	}

	/**
	 * The description of a property.
	 * @param element its field
	 * @return the text, or {@code null} when there is none
	 */
	public static @Nullable String description(AnnotatedElement element) {
		MergedAnnotation<?> mark = mark(element);
		String description = mark.isPresent() ? mark.getString("description") : "";
		return description.isBlank() ? null : description;
	}

	private static MergedAnnotation<?> mark(AnnotatedElement element) {
		return MergedAnnotations.from(element).get(NAME);
	}

}
