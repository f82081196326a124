package io.agentsocket.codec;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;

/**
 * The formats that annotations and the configuration of Jackson give to properties.
 */
final class PropertyFormats {

	private PropertyFormats() {
	}

	/**
	 * How a property is to be written and read.
	 * @param context has the defaults
	 * @param property the property, or {@code null} for a value that is none
	 * @param type its type
	 * @return the format that annotations and the configuration give
	 */
	static JsonFormat.Value of(DeserializationContext context, @Nullable BeanProperty property, Class<?> type) {
		return (property != null) ? property.findPropertyFormat(context.getConfig(), type)
				: context.getConfig().getDefaultPropertyFormat(type);
	}

}
