package io.agentsocket.codec;

import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.exc.StreamWriteException;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.sym.ByteQuadsCanonicalizer;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORFactoryBuilder;
import tools.jackson.dataformat.cbor.CBORGenerator;
import tools.jackson.dataformat.cbor.CBORParser;

/**
 * CBOR by Jackson, with long texts in one piece: written with their length instead of in
 * chunks, and both written and read by what the JDK has for it instead of character by
 * character. It also keeps to the JSON data model: keys are texts, numbers are finite.
 * For payloads that {@link CborStructure} has looked over. Implements section 24.1 of
 * {@code docs/protocol.md}.
 */
final class CborWireFactory extends CBORFactory {

	/** Characters or bytes from which on a text is long. */
	private static final int LONG = 96;

	private static final JsonFactory RAW = new JsonFactory();

	private final boolean integerKeys;

	/**
	 * Create a factory.
	 * @param builder the settings
	 * @param integerKeys whether integers may be keys, as in metadata
	 */
	CborWireFactory(CBORFactoryBuilder builder, boolean integerKeys) {
		super(builder);
		this.integerKeys = integerKeys;
	}

	private CborWireFactory(CborWireFactory source) {
		super(source);
		this.integerKeys = source.integerKeys;
	}

	@Override
	public CBORFactory copy() {
		return new CborWireFactory(this);
	}

	@Override
	protected CBORParser _createParser(ObjectReadContext context, IOContext io, byte[] data, int offset, int length) {
		streamReadConstraints().validateDocumentLength(length);
		return new Parser(context, io, context.getStreamReadFeatures(getStreamReadFeatures()),
				context.getFormatReadFeatures(getFormatReadFeatures()),
				WireNames.of(this._byteSymbolCanonicalizer, length).makeChildOrPlaceholder(getFactoryFeatures()), data,
				offset, offset + length, this.integerKeys);
	}

	@Override
	protected JsonGenerator _createGenerator(ObjectWriteContext context, IOContext io, OutputStream out) {
		return new Generator(context, io, context.getStreamWriteFeatures(getStreamWriteFeatures()),
				context.getFormatWriteFeatures(getFormatWriteFeatures()), out, this.integerKeys);
	}

	/** Writes. */
	private static final class Generator extends CBORGenerator {

		/** Heads of integers of 8 bytes. */
		private static final int UNSIGNED_64 = 0x1B;

		private static final int NEGATIVE_64 = 0x3B;

		private final boolean integerKeys;

		Generator(ObjectWriteContext context, IOContext io, int features, int formatFeatures, OutputStream out,
				boolean integerKeys) {
			super(context, io, features, formatFeatures, out);
			this.integerKeys = integerKeys;
		}

		@Override
		public JsonGenerator writePropertyId(long id) {
			return this.integerKeys ? super.writePropertyId(id) : writeName(Long.toString(id));
		}

		@Override
		public JsonGenerator writeNumber(BigInteger number) {
			if (number == null || number.bitLength() > Long.SIZE) {
				return super.writeNumber((number != null) ? WireNumbers.bounded(this, number) : number);
			}
			// An integer that fits into 64 bits has no tag: readers of maps do not look
			// for it.
			return (number.bitLength() < Long.SIZE) ? super.writeNumber(number.longValue()) : writeWide(number);
		}

		/** An integer of 64 bits beside its sign. */
		private JsonGenerator writeWide(BigInteger number) {
			_verifyValueWrite("write number");
			if (this._outputEnd - this._outputTail < 1 + Long.BYTES) {
				_flushBuffer();
			}
			boolean negative = number.signum() < 0;
			long bits = (negative ? number.not() : number).longValue();
			this._outputBuffer[this._outputTail++] = (byte) (negative ? NEGATIVE_64 : UNSIGNED_64);
			for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
				this._outputBuffer[this._outputTail++] = (byte) (bits >>> shift);
			}
			return this;
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

		/** Jackson has the text of classes that it does not know. */
		@Override
		public JsonGenerator writeNumber(String number) {
			return (number == null) ? writeNull() : WireNumbers.write(this, number);
		}

		@Override
		public JsonGenerator writeArray(double[] array, int offset, int length) {
			for (int i = offset; i < offset + length; i++) {
				WireNumbers.finite(this, array[i]);
			}
			return super.writeArray(array, offset, length);
		}

		/** A value that is JSON already is the value that this means. */
		@Override
		public JsonGenerator writeRawValue(String json) {
			try (JsonParser parser = RAW.createParser(ObjectReadContext.empty(), json)) {
				if (parser.nextToken() == null) {
					throw new StreamWriteException(this, "No value");
				}
				copyCurrentStructureExact(parser);
				if (parser.nextToken() != null) {
					throw new StreamWriteException(this, "More than one value");
				}
			}
			return this;
		}

		@Override
		public JsonGenerator writeRawValue(SerializableString json) {
			return writeRawValue(json.getValue());
		}

		@Override
		public JsonGenerator writeString(String text) {
			if (text != null && text.length() >= LONG) {
				byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
				// Half a surrogate pair becomes something else; Jackson refuses it below.
				if (EncodedText.isWhole(text, utf8)) {
					int pending = this._outputTail + utf8.length;
					if (pending > this._outputEnd && this._out instanceof ExactOutput output) {
						output.reserve(pending);
					}
					return writeUTF8String(utf8, 0, utf8.length);
				}
			}
			return super.writeString(text);
		}

	}

	/**
	 * Whether the key that a parser stands on is a text: metadata knows none of those.
	 */
	static boolean isTextKey(JsonParser parser) {
		return parser instanceof Parser cbor && cbor.isTextKey();
	}

	/** Reads. */
	private static final class Parser extends CBORParser {

		/** Tag of a number beyond 64 bits that is not negative. */
		private static final int BIGNUM = 2;

		/** Heads of both tags. */
		private static final int POSITIVE_BIGNUM = 0xC2;

		private static final int NEGATIVE_BIGNUM = 0xC3;

		/** Largest argument of an exponent in a map of the protocol. */
		private static final int MAX_EXPONENT = 255;

		/** Major types. */
		private static final int NEGATIVE = 1;

		private static final int BYTES = 2;

		private static final int TEXT = 3;

		private static final int TAG = 6;

		/** Bytes of the largest bignum that is read, as of the longest number in JSON. */
		private static final int MAX_BIGNUM = WireNumbers.MAX_DIGITS;

		/** Whether a tagged value that is no number is what stands behind the tag. */
		private final boolean lenient;

		Parser(ObjectReadContext context, IOContext io, int features, int formatFeatures,
				ByteQuadsCanonicalizer symbols, byte[] data, int start, int end, boolean lenient) {
			super(context, io, features, formatFeatures, symbols, null, data, start, end, false);
			this.lenient = lenient;
		}

		/** The name alone does not tell: it is looked for where the key begins. */
		private boolean isTextKey() {
			int at = (int) (this._tokenInputTotal - this._currInputProcessed);
			while (type(at) == TAG) {
				at += size(at);
			}
			return type(at) == TEXT;
		}

		/** The content of a tag is what it is: no reference to an earlier text. */
		@Override
		protected JsonToken _handleTaggedInt(TagList tags) {
			return _updateToken(JsonToken.VALUE_NUMBER_INT);
		}

		/**
		 * A bignum has no sign in its bytes: Jackson takes the top bit of a positive one
		 * for a sign.
		 */
		@Override
		protected JsonToken _handleTaggedBinary(TagList tags) {
			if (this.lenient && this._tokenIncomplete) {
				_finishToken();
				if (this._binaryValue.length > MAX_BIGNUM) {
					this._numTypesValid = NR_UNKNOWN;
					return _updateToken(JsonToken.VALUE_EMBEDDED_OBJECT);
				}
			}
			boolean positive = tags.contains(BIGNUM);
			JsonToken token = super._handleTaggedBinary(tags);
			if (token == JsonToken.VALUE_NUMBER_INT) {
				BigInteger argument = new BigInteger(1, this._binaryValue);
				this._numberBigInt = positive ? argument : argument.not();
			}
			return token;
		}

		@Override
		protected JsonToken _handleTaggedArray(TagList tags, int length) {
			if (!this.lenient || length == 2 && isFraction()) {
				return super._handleTaggedArray(tags, length);
			}
			createChildArrayContext(length);
			return _updateToken(JsonToken.START_ARRAY);
		}

		/**
		 * Whether a short integer and an integer follow. Nobody computes with an exponent
		 * that takes all memory.
		 */
		private boolean isFraction() {
			int at = this._inputPtr;
			int size = size(at);
			if (type(at) > NEGATIVE || size > 2 || size == 2 && octet(at + 1) > MAX_EXPONENT) {
				return false;
			}
			at += size;
			if (octet(at) != POSITIVE_BIGNUM && octet(at) != NEGATIVE_BIGNUM) {
				return type(at) <= NEGATIVE;
			}
			int head = octet(++at);
			return type(at) == BYTES && ((head & 0x1F) < 24 || (head & 0x1F) == 24
					|| (head & 0x1F) == 25 && (octet(at + 1) << 8 | octet(at + 2)) <= MAX_BIGNUM);
		}

		private int octet(int at) {
			return this._inputBuffer[at] & 0xFF;
		}

		private int type(int at) {
			return octet(at) >>> 5;
		}

		/** Bytes of the head of a value. */
		private int size(int at) {
			int size = octet(at) & 0x1F;
			return (size < 24) ? 1 : 1 + (1 << (size - 24));
		}

		/** A short float is only a shorter way to write a number with a fraction. */
		@Override
		public NumberTypeFP getNumberTypeFP() {
			NumberTypeFP type = super.getNumberTypeFP();
			return (type == NumberTypeFP.FLOAT32) ? NumberTypeFP.DOUBLE64 : type;
		}

		@Override
		public NumberType getNumberType() {
			NumberType type = super.getNumberType();
			return (type == NumberType.FLOAT) ? NumberType.DOUBLE : type;
		}

		@Override
		public Number getNumberValue() {
			Number number = super.getNumberValue();
			return (number instanceof Float) ? (Number) number.doubleValue() : number;
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
		protected String _finishTextToken(int head) {
			int size = switch (head & 0x1F) {
				case 24 -> 1;
				case 25 -> 2;
				case 26 -> 4;
				default -> 0;
			};
			if (size == 0 || size > this._inputEnd - this._inputPtr || !this._stringRefs.empty()) {
				return super._finishTextToken(head);
			}
			int length = 0;
			for (int i = 0; i < size; i++) {
				length = length << 8 | this._inputBuffer[this._inputPtr + i] & 0xFF;
			}
			int from = this._inputPtr + size;
			if (length < LONG || length > this._inputEnd - from
					|| length > this._streamReadConstraints.getMaxStringLength()) {
				return super._finishTextToken(head);
			}
			String text = new String(this._inputBuffer, from, length, StandardCharsets.UTF_8);
			this._inputPtr = from + length;
			this._tokenIncomplete = false;
			this._sharedString = text;
			return text;
		}

	}

}
