package io.agentsocket.tool;

import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.annotation.EnumNaming;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Schemas and binding agree whatever an application tells Jackson to tolerate.
 */
class LenientSettingTests {

	@Test
	void anObjectIsNoList() {
		Setting setting = new Setting((builder) -> builder.enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY));
		setting.refused("places", "{}");
		setting.refused("places", "{'city':'Bern'}");
		setting.accepted("places", "[{'city':'Bern'}]");
	}

	@Test
	void aListIsNoSingleValue() {
		Setting setting = new Setting((builder) -> builder.enable(DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS));
		setting.refused("lang", "['DE']");
		setting.refused("number", "[1]");
		setting.refused("place", "[{'city':'Bern'}]");
		setting.refused("stay", "{'place':[{'city':'Bern'}]}");
	}

	@Test
	void nothingStandsForNull() {
		Setting setting = new Setting(
				(builder) -> builder.enable(DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT,
						DeserializationFeature.ACCEPT_EMPTY_ARRAY_AS_NULL_OBJECT));
		setting.refused("stay", "{'place':''}");
		setting.refused("stay", "{'place':[]}");
		setting.accepted("stay", "{'place':null}");
	}

	@Test
	void unknownConstantsAreNoArguments() {
		Setting setting = new Setting((builder) -> builder.enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL,
				EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE));
		setting.refused("lang", "'FR'");
		setting.refused("stay", "{'lang':'FR'}");
		setting.refused("langs", "{'FR':1}");
		setting.accepted("lang", "'DE'");
		for (Codec codec : setting.codecs) {
			// A server may know more than a client does.
			Bytes sent = codec.encode("FR");
			assertThat(codec.<Object>decode(sent, Lang.class)).isEqualTo(Lang.UNKNOWN);
		}
	}

	/** The other side says in its own terms what it tells. */
	@Test
	void resultsAreReadAsTheApplicationHasToldJackson() {
		Setting single = new Setting((builder) -> builder.enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY));
		Setting unwrapped = new Setting((builder) -> builder.enable(DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS));
		Setting empty = new Setting(
				(builder) -> builder.enable(DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT,
						DeserializationFeature.ACCEPT_EMPTY_ARRAY_AS_NULL_OBJECT));
		for (int i = 0; i < 2; i++) {
			Codec codec = single.codecs.get(i);
			assertThat(codec.<Object>decode(codec.encode("a"), Types.LIST)).isEqualTo(List.of("a"));
			codec = unwrapped.codecs.get(i);
			assertThat(codec.<Object>decode(codec.encode(List.of("a")), String.class)).isEqualTo("a");
			codec = empty.codecs.get(i);
			assertThat(codec.<Object>decode(codec.encode(""), Both.class)).isNull();
			assertThat(codec.<Object>decode(codec.encode(List.of()), Both.class)).isNull();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "DE", "de", "De", "en", "EN-GB", "en-GB", "en-gb", "unknown", "x" })
	void constantsInLowerCaseAreReadAsTheyAreWritten(String text) {
		Setting setting = new Setting((builder) -> builder.enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE));
		boolean known = List.of("de", "en-GB", "unknown").contains(text);
		for (String tool : List.of("lang", "langs")) {
			String value = tool.equals("lang") ? "'" + text + "'" : "{'" + text + "':1}";
			if (known) {
				setting.accepted(tool, value);
			}
			else {
				setting.refused(tool, value);
			}
		}
		for (Codec codec : setting.codecs) {
			for (Lang lang : Lang.values()) {
				assertThat(codec.<Object>decode(codec.encode(lang), Lang.class)).isEqualTo(lang);
				Map<String, Object> map = codec.decodeMap(codec.encode(Map.of(lang, lang)));
				assertThat(map).isEqualTo(Map.of(written(lang), written(lang)));
			}
		}
	}

	@Test
	void resultsOfAServerThatWritesNoLowerCaseAreRead() {
		Setting setting = new Setting((builder) -> builder.enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE));
		for (Codec codec : setting.codecs) {
			for (Lang lang : Lang.values()) {
				String name = (lang == Lang.EN) ? "en-GB" : lang.name();
				assertThat(codec.<Object>decode(codec.encode(name), Lang.class)).isEqualTo(lang);
				assertThat(codec.<Object>decode(codec.encode(Map.of(name, 1)), Types.LANGS)).isEqualTo(Map.of(lang, 1));
			}
			assertThatExceptionOfType(CodecException.class)
				.isThrownBy(() -> codec.decode(codec.encode("De"), Lang.class));
		}
	}

	@Test
	void constantsOfANamingStrategyInLowerCase() {
		Setting setting = new Setting((builder) -> builder.enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE));
		setting.accepted("step", "'firstone'");
		setting.accepted("step", "'Last'");
		for (String misfit : List.of("'firstOne'", "'first_one'", "'FIRST_ONE'", "'last'")) {
			setting.refused("step", misfit);
		}
		for (Codec codec : setting.codecs) {
			for (String text : List.of("firstone", "firstOne")) {
				assertThat(codec.<Object>decode(codec.encode(text), Step.class)).isEqualTo(Step.FIRST_ONE);
			}
			for (Step step : Step.values()) {
				assertThat(codec.<Object>decode(codec.encode(step), Step.class)).isEqualTo(step);
			}
		}
	}

	private static String written(Lang lang) {
		return (lang == Lang.EN) ? "en-GB" : lang.name().toLowerCase(Locale.ROOT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "DE", "de", "De", "EN-GB", "unknown", "x" })
	void constantsInAnyCase(String text) {
		for (boolean lower : new boolean[] { false, true }) {
			Setting setting = new Setting((builder) -> builder.enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
				.configure(EnumFeature.WRITE_ENUMS_TO_LOWERCASE, lower));
			if (text.equals("x")) {
				setting.misfit("lang", "'x'");
			}
			else {
				setting.accepted("lang", "'" + text + "'");
				setting.accepted("langs", "{'" + text + "':1}");
			}
		}
	}

	@Test
	void aMissingPrimitiveIsZeroWhereItMayBe() {
		Setting setting = new Setting((builder) -> builder.disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES));
		setting.accepted("both", "{'name':'a'}");
		setting.accepted("both", "{'name':'a','count':2}");
	}

	enum Lang {

		DE, @JsonProperty("en-GB")
		EN, @JsonEnumDefaultValue
		UNKNOWN

	}

	@EnumNaming(EnumNamingStrategies.LowerCamelCaseStrategy.class)
	enum Step {

		FIRST_ONE, @JsonProperty("Last")
		LAST_ONE

	}

	/** Types with arguments. */
	private static final class Types {

		static final Type LIST = ResolvableType.forClassWithGenerics(List.class, String.class).getType();

		static final Type LANGS = ResolvableType.forClassWithGenerics(Map.class, Lang.class, Integer.class).getType();

	}

	record Place(@Nullable String city) {

	}

	static class Stay {

		private @Nullable Place place;

		private @Nullable Lang lang;

		public @Nullable Place getPlace() {
			return this.place;
		}

		public void setPlace(@Nullable Place place) {
			this.place = place;
		}

		public @Nullable Lang getLang() {
			return this.lang;
		}

		public void setLang(@Nullable Lang lang) {
			this.lang = lang;
		}

	}

	/** A class as libraries make them, with all constructors, setters and accessors. */
	public static class Both {

		private String name = "";

		private int count;

		Both() {
		}

		Both(String name, int count) {
			this.name = name;
			this.count = count;
		}

		public String getName() {
			return this.name;
		}

		public void setName(String name) {
			this.name = name;
		}

		public int getCount() {
			return this.count;
		}

		public void setCount(int count) {
			this.count = count;
		}

	}

	static class Tools {

		@AgentTool
		String places(@AgentParam("v") List<Place> value) {
			return value.toString();
		}

		@AgentTool
		String place(@AgentParam("v") Place value) {
			return value.toString();
		}

		@AgentTool
		String stay(@AgentParam("v") Stay value) {
			return "" + value.getPlace() + value.getLang();
		}

		@AgentTool
		String lang(@AgentParam("v") Lang value) {
			return value.toString();
		}

		@AgentTool
		String langs(@AgentParam("v") Map<Lang, Integer> value) {
			return value.toString();
		}

		@AgentTool
		String step(@AgentParam("v") Step value) {
			return value.toString();
		}

		@AgentTool
		String number(@AgentParam("v") Integer value) {
			return value.toString();
		}

		@AgentTool
		String both(@AgentParam("v") Both value) {
			return value.getName() + value.getCount();
		}

	}

	/** A mapper of an application. */
	private static final class Setting {

		private final List<Action> actions;

		private final List<Codec> codecs;

		Setting(Consumer<JsonMapper.Builder> customizer) {
			JsonMapper.Builder builder = JsonMapper.builder();
			customizer.accept(builder);
			JsonMapper mapper = builder.build();
			this.codecs = List.of(JacksonCodec.cbor(mapper, 32), JacksonCodec.json(mapper, 32));
			this.actions = AgentTools.builder().mapper(mapper).executor(Runnable::run).build().actionsOf(new Tools());
		}

		void accepted(String tool, String value) {
			assertThat(fits(tool, value)).as("schema of %s with %s", tool, value).isTrue();
			for (Codec codec : this.codecs) {
				assertThat(call(tool, codec, value).value()).as("%s in %s", value, codec).isNotNull();
			}
		}

		void refused(String tool, String value) {
			assertThat(fits(tool, value)).as("schema of %s with %s", tool, value).isFalse();
			misfit(tool, value);
		}

		void misfit(String tool, String value) {
			for (Codec codec : this.codecs) {
				assertThat(call(tool, codec, value).broken()).as("%s in %s", value, codec)
					.allMatch((violation) -> violation.startsWith("/v"));
			}
		}

		private boolean fits(String tool, String value) {
			JsonMapper mapper = JsonMapper.shared();
			Map<?, ?> properties = (Map<?, ?>) Objects
				.requireNonNull(Call.of(this.actions, tool).action().input().get("properties"));
			return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
				.getSchema(mapper.<JsonNode>valueToTree(properties.get("v")))
				.validate(mapper.readTree(value.replace('\'', '"')))
				.isEmpty();
		}

		private Call call(String tool, Codec codec, String value) {
			byte[] bytes = ValueChecks.bytes(codec, "{\"v\":" + value.replace('\'', '"') + "}");
			return Call.of(this.actions, tool).codec(codec).withBytes(bytes);
		}

	}

}
