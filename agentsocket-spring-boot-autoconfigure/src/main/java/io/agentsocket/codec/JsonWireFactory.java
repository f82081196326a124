package io.agentsocket.codec;

import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;

import io.agentsocket.protocol.Utf8;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.StreamWriteException;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.json.UTF8JsonGenerator;
import tools.jackson.core.json.UTF8StreamJsonParser;
import tools.jackson.core.sym.ByteQuadsCanonicalizer;

/**
 * JSON by Jackson that keeps to the data model of the protocol: numbers are finite and
 * texts have no half of a surrogate pair. For payloads of which it is known that they are
 * UTF-8. Implements section 24.2 of {@code docs/protocol.md}.
 */
final class JsonWireFactory extends JsonFactory {

	JsonWireFactory(JsonFactoryBuilder builder) {
		super(builder);
	}

	private JsonWireFactory(JsonWireFactory source) {
		super(source);
	}

	@Override
	public JsonFactory copy() {
		return new JsonWireFactory(this);
	}

	@Override
	protected JsonParser _createParser(ObjectReadContext context, IOContext io, byte[] data, int offset, int length) {
		streamReadConstraints().validateDocumentLength(length);
		return new Parser(context, io, context.getStreamReadFeatures(getStreamReadFeatures()),
				context.getFormatReadFeatures(getFormatReadFeatures()),
				WireNames.of(this._byteSymbolCanonicalizer, length).makeChild(getFactoryFeatures()), data, offset,
				offset + length);
	}

	@Override
	protected JsonGenerator _createUTF8Generator(ObjectWriteContext context, IOContext io, OutputStream out) {
		CharacterEscapes escapes = context.getCharacterEscapes();
		return new Generator(context, io, context.getStreamWriteFeatures(getStreamWriteFeatures()),
				context.getFormatWriteFeatures(getFormatWriteFeatures()), out,
				(escapes != null) ? escapes : getCharacterEscapes(), this._maximumNonEscapedChar, this._quoteChar);
	}

	/** Writes. */
	private static final class Generator extends UTF8JsonGenerator {

		Generator(ObjectWriteContext context, IOContext io, int features, int formatFeatures, OutputStream out,
				CharacterEscapes escapes, int maximumNonEscaped, char quote) {
			super(context, io, features, formatFeatures, out, null, escapes, context.getPrettyPrinter(),
					maximumNonEscaped, quote);
		}

		@Override
		public JsonGenerator writeName(String name) {
			return super.writeName(whole(name));
		}

		@Override
		public JsonGenerator writeString(String text) {
			return super.writeString((text != null) ? whole(text) : text);
		}

		@Override
		public JsonGenerator writeString(char[] text, int offset, int length) {
			whole(new String(text, offset, length));
			return super.writeString(text, offset, length);
		}

		@Override
		public JsonGenerator writeNumber(BigInteger number) {
			return super.writeNumber((number != null) ? WireNumbers.bounded(this, number) : number);
		}

		@Override
		public JsonGenerator writeNumber(BigDecimal number) {
			return super.writeNumber((number != null) ? WireNumbers.bounded(this, number) : number);
		}

		@Override
		public JsonGenerator writeNumber(double number) {
			return super.writeNumber(WireNumbers.finite(this, number));
		}

		@Override
		public JsonGenerator writeNumber(float number) {
			return super.writeNumber(WireNumbers.finite(this, number));
		}

		/** Jackson writes the text of classes that it does not know as it is. */
		@Override
		public JsonGenerator writeNumber(String number) {
			return (number == null) ? writeNull() : WireNumbers.write(this, number);
		}

		@Override
		public JsonGenerator writeNumber(char[] number, int offset, int length) {
			return writeNumber(new String(number, offset, length));
		}

		private String whole(String text) {
			if (!Utf8.canEncode(text)) {
				throw new StreamWriteException(this, "Half of a surrogate pair");
			}
			return text;
		}

	}

	/** Reads. */
	private static final class Parser extends UTF8StreamJsonParser {

		Parser(ObjectReadContext context, IOContext io, int features, int formatFeatures,
				ByteQuadsCanonicalizer symbols, byte[] data, int start, int end) {
			super(context, io, features, formatFeatures, null, symbols, data, start, end, 0, false);
		}

		@Override
		public float getFloatValue() {
			return WireNumbers.inRange(this, super.getFloatValue());
		}

		@Override
		public double getDoubleValue() {
			return WireNumbers.inRange(this, super.getDoubleValue());
		}

		@Override
		public Number getNumberValue() {
			Number number = super.getNumberValue();
			if (number instanceof Double) {
				WireNumbers.inRange(this, number.doubleValue());
			}
			return number;
		}

	}

}
