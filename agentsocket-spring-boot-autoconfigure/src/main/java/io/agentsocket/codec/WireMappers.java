package io.agentsocket.codec;

import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.codec.declared.ValueRules;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TSFBuilder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.cfg.MapperBuilderState;
import tools.jackson.databind.cfg.MutableCoercionConfig;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;
import tools.jackson.dataformat.cbor.CBORReadFeature;
import tools.jackson.dataformat.cbor.CBORWriteFeature;

/**
 * Mappers that keep what a user configured about types (modules, naming, inclusion) and
 * fix all that decides how the bytes look and what is accepted from a peer.
 */
final class WireMappers {

	private WireMappers() {
	}

	static ObjectMapper cbor(ObjectMapper base, int depth) {
		return CborBuilder.mapper(base, depth, false);
	}

	static ObjectMapper cbor(int depth) {
		return CborBuilder.mapper(CborBuilder.plain(), depth, false);
	}

	/** For what belongs to the protocol itself: metadata has integers as keys. */
	static ObjectMapper plainCbor(int depth) {
		return CborBuilder.mapper(CborBuilder.plain(), depth, true);
	}

	static ObjectMapper json(JsonMapper base, int depth) {
		return new JsonBuilder(base, depth).build();
	}

	private static <B extends TSFBuilder<?, B>> B bounded(B factory, int depth) {
		// Names are as long as payloads are large; long ones are not remembered.
		return factory
			.streamReadConstraints(StreamReadConstraints.builder()
				.maxNestingDepth(depth)
				.maxNameLength(Integer.MAX_VALUE)
				.maxNumberLength(WireNumbers.MAX_DIGITS)
				.build())
			.streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(depth).build())
			// The default pool costs 4 to 18 % of a call.
			.recyclerPool(SlotPool.SHARED);
	}

	private static void fix(MapperBuilder<?, ?> builder) {
		if (!builder.datatypeFeatures().isExplicitlySet(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
				&& !builder.baseSettings().hasExplicitTimeZone()) {
			// A time is read with the offset that was sent, unless the application has
			// told Jackson its own time zone.
			builder.disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE);
		}
		if (!builder.datatypeFeatures().isExplicitlySet(DateTimeFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS)) {
			// Times that are written in milliseconds are read so.
			builder.configure(DateTimeFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS,
					builder.isEnabled(DateTimeFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS));
		}
		builder.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			// A number with a fraction is not cut to an integer, and a text is no number.
			.disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
			.disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
			.disable(DeserializationFeature.UNWRAP_ROOT_VALUE)
			.disable(SerializationFeature.WRAP_ROOT_VALUE, SerializationFeature.INDENT_OUTPUT,
					SerializationFeature.CLOSE_CLOSEABLE)
			// Names of classes have no place on the wire.
			.deactivateDefaultTyping()
			.withCoercionConfig(LogicalType.Textual, WireMappers::refuse)
			.enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
			// Text in both codecs, as its schema says; in CBOR it would be bytes.
			.withConfigOverride(UUID.class,
					(config) -> config.setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.STRING)))
			.addModule(new CreatorModule())
			.addModule(new StrictTypes())
			.addModule(new DeclaredTypes())
			.addModule(new ValueRules(Strictness.DECLARED));
	}

	/** A number is no text either. */
	private static void refuse(MutableCoercionConfig config) {
		config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
			.setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
			.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
	}

	/**
	 * Takes the state of a mapper of another format, too. Nothing outside of it has types
	 * of CBOR: without them JSON works on.
	 */
	private static final class CborBuilder extends MapperBuilder<WireMapper, CborBuilder> {

		static ObjectMapper mapper(ObjectMapper base, int depth, boolean integerKeys) {
			if (!(base instanceof CBORMapper || base instanceof JsonMapper || base instanceof WireMapper)) {
				throw new IllegalArgumentException("The mapper of CBOR is a CBORMapper or a JsonMapper");
			}
			return new CborBuilder(base, depth, integerKeys).build();
		}

		static ObjectMapper plain() {
			return CBORMapper.builder().build();
		}

		CborBuilder(ObjectMapper base, int depth, boolean integerKeys) {
			super(base.rebuild().saveStateApplyModules());
			this._streamFactory = new CborWireFactory(bounded(CBORFactory.builder(), depth), integerKeys);
			this._streamReadFeatures = StreamReadFeature.collectDefaults();
			this._streamWriteFeatures = StreamWriteFeature.collectDefaults();
			this._formatReadFeatures = CBORReadFeature.collectDefaults()
					| CBORReadFeature.DECODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING.getMask();
			// Undefined is null.
			this._formatReadFeatures &= ~CBORReadFeature.READ_UNDEFINED_AS_EMBEDDED_OBJECT.getMask();
			this._formatWriteFeatures = CBORWriteFeature.collectDefaults()
					| CBORWriteFeature.WRITE_MINIMAL_INTS.getMask() | CBORWriteFeature.WRITE_MINIMAL_DOUBLES.getMask()
					| CBORWriteFeature.ENCODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING.getMask();
			fix(this);
		}

		CborBuilder(MapperBuilderState state) {
			super(state);
		}

		@Override
		public WireMapper build() {
			return new WireMapper(this);
		}

		@Override
		protected MapperBuilderState _saveState() {
			return new State(this);
		}

		private static final class State extends MapperBuilderState {

			private static final long serialVersionUID = 1L;

			State(CborBuilder builder) {
				super(builder);
			}

			@Override
			protected Object readResolve() {
				return new CborBuilder(this).build();
			}

		}

	}

	/** Keeps its format when it is rebuilt. */
	private static final class WireMapper extends ObjectMapper {

		private static final long serialVersionUID = 1L;

		WireMapper(CborBuilder builder) {
			super(builder);
		}

		@Override
		@SuppressWarnings("unchecked")
		public CborBuilder rebuild() {
			return new CborBuilder(this._savedBuilderState);
		}

	}

	private static final class JsonBuilder extends JsonMapper.Builder {

		JsonBuilder(JsonMapper base, int depth) {
			super((StateImpl) base.rebuild().saveStateApplyModules());
			this._streamFactory = new JsonWireFactory(bounded(JsonFactory.builder(), depth));
			this._streamReadFeatures = StreamReadFeature.collectDefaults();
			this._streamWriteFeatures = StreamWriteFeature.collectDefaults();
			this._formatReadFeatures = JsonReadFeature.collectDefaults();
			this._formatWriteFeatures = JsonWriteFeature.collectDefaults();
			fix(this);
		}

	}

}
