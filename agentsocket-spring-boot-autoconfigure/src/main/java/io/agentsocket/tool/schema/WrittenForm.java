package io.agentsocket.tool.schema;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsonFormatVisitors.JsonBooleanFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsonFormatVisitors.JsonIntegerFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonNumberFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonStringFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonValueFormat;
import tools.jackson.databind.ser.jackson.RawSerializer;

/**
 * Asks a serializer of Jackson for the type of JSON that it writes.
 */
final class WrittenForm extends JsonFormatVisitorWrapper.Base {

	private @Nullable String type;

	private WrittenForm(SerializationContext context) {
		super(context);
	}

	/**
	 * The type of the written value.
	 * @param serializer writes it
	 * @param value type of the value
	 * @param context has the configuration
	 * @return a simple type of JSON Schema, or {@code null} for all others
	 */
	static @Nullable String of(ValueSerializer<?> serializer, JavaType value, SerializationContext context) {
		if (serializer instanceof RawSerializer) {
			// It says that it writes text, which is JSON of any form.
			return null;
		}
		WrittenForm form = new WrittenForm(context);
		serializer.acceptJsonFormatVisitor(form, value);
		return form.type;
	}

	@Override
	public @Nullable JsonStringFormatVisitor expectStringFormat(JavaType value) {
		this.type = "string";
		return null;
	}

	@Override
	public @Nullable JsonNumberFormatVisitor expectNumberFormat(JavaType value) {
		this.type = "number";
		return null;
	}

	@Override
	public @Nullable JsonIntegerFormatVisitor expectIntegerFormat(JavaType value) {
		this.type = "integer";
		if (!value.hasRawClass(Duration.class)) {
			return null;
		}
		// Jackson says it of seconds with a fraction, too, and only milliseconds have a
		// format.
		this.type = "number";
		return new JsonIntegerFormatVisitor.Base() {

			@Override
			public void format(JsonValueFormat format) {
				WrittenForm.this.type = "integer";
			}

		};
	}

	@Override
	public @Nullable JsonBooleanFormatVisitor expectBooleanFormat(JavaType value) {
		this.type = "boolean";
		return null;
	}

}
