package io.agentsocket.tool;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.ser.std.ToStringSerializer;

import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Constructors and factory methods of one parameter, which Jackson finds by itself, let
 * no text or number stand for an object; types that have no other way are text or
 * numbers.
 */
class ImplicitScalarTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "book|'Bern'", "books|['Bern']", "count|5", "count|5.0", "amount|1.5", "amount|2", "flag|true",
					"code|'CH'", "holder|{'book':'Bern'}", "method|{}", "media|{}", "media|{'type':'text'}", "size|'1'",
					"size|{}" })
	void isNoValue(String tool, String value) {
		assertThat(fits(tool, value)).isFalse();
		for (Codec codec : Call.codecs()) {
			assertThat(call(codec, tool, value).broken()).as("%s", codec)
				.hasSize(1)
				.allMatch((violation) -> violation.startsWith("/v") && violation.endsWith(" type"));
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "book|{'title':'a','pages':1}", "count|{'number':1,'unit':'kg'}", "code|{'text':'CH'}",
					"said|'Bern'", "value|'Bern'", "method|'GET'", "media|'text/plain'", "size|1", "size|2.0" })
	void isAValue(String tool, String value) {
		assertThat(fits(tool, value)).isTrue();
		for (Codec codec : Call.codecs()) {
			assertThat(call(codec, tool, value).value()).as("%s", codec).isNotNull();
		}
	}

	/** An application has told how it is written, and the text comes back. */
	@Test
	void aTypeThatIsWrittenAsTextIsReadFromIt() {
		for (Codec codec : Call.codecs()) {
			assertThat(call(codec, "shown", "'a'").value()).isEqualTo("a");
		}
	}

	@Test
	void typesThatHaveNoOtherFormAreNotAllArguments() {
		Action action = Call.of(ACTIONS, "alone").action();
		assertThat(action.input().get("properties")).isEqualTo(Map.of("type", Map.of("type", "string")));
		assertThat(Call.of(ACTIONS, "alone").with("type", "text/plain").value()).isEqualTo("text/plain");
	}

	/** Jackson gives the constructor that takes a text the message of the object. */
	@Test
	void exceptionsAreObjects() {
		for (String tool : List.of("failure", "fault")) {
			assertThat(fits(tool, "{'message':'a'}")).as(tool).isTrue();
			assertThat(fits(tool, "'a'")).as(tool).isFalse();
			for (Codec codec : Call.codecs()) {
				assertThat(call(codec, tool, "{'message':'a'}").value()).as("%s in %s", tool, codec).isEqualTo("a");
			}
		}
	}

	private static boolean fits(String tool, String value) {
		JsonMapper mapper = JsonMapper.shared();
		Map<String, Object> input = Call.of(ACTIONS, tool).action().input();
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(mapper.<JsonNode>valueToTree(input))
			.validate(mapper.readTree("{\"v\":" + value.replace('\'', '"') + "}"))
			.isEmpty();
	}

	private static Call call(Codec codec, String tool, String value) {
		byte[] bytes = ValueChecks.bytes(codec, "{\"v\":" + value.replace('\'', '"') + "}");
		return Call.of(ACTIONS, tool).codec(codec).withBytes(bytes);
	}

	record Book(String title, int pages) {

		Book(String title) {
			this(title, 1);
		}

	}

	record Holder(Book book) {

	}

	record Count(int number, String unit) {

		Count(int number) {
			this(number, "");
		}

	}

	record Amount(BigDecimal value, String currency) {

		Amount(BigDecimal value) {
			this(value, "CHF");
		}

	}

	record Flag(boolean on, String why) {

		Flag(boolean on) {
			this(on, "");
		}

	}

	static class Code {

		private @Nullable String text;

		public static Code valueOf(String text) {
			Code code = new Code();
			code.text = text;
			return code;
		}

		public @Nullable String getText() {
			return this.text;
		}

		public void setText(String text) {
			this.text = text;
		}

	}

	/** Tells that it is read from text. */
	static class Said {

		private String title = "";

		Said() {
		}

		@JsonCreator(mode = JsonCreator.Mode.DELEGATING)
		static Said of(String title) {
			Said said = new Said();
			said.title = title;
			return said;
		}

		public String getTitle() {
			return this.title;
		}

	}

	static class Value {

		private String text = "";

		Value() {
		}

		Value(String text) {
			this.text = text;
		}

		@JsonValue
		public String text() {
			return this.text;
		}

	}

	@JsonSerialize(using = ToStringSerializer.class)
	static class Shown {

		private String text = "";

		Shown() {
		}

		Shown(String text) {
			this.text = text;
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	static class Size {

		private final int value;

		Size(int value) {
			this.value = value;
		}

		Size(int width, int height) {
			this.value = width * height;
		}

		@Override
		public String toString() {
			return Integer.toString(this.value);
		}

	}

	static class Fault extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Fault(String message) {
			super(message);
		}

	}

	static class Tools {

		@AgentTool
		String failure(@AgentParam("v") Exception value) {
			return value.getMessage();
		}

		@AgentTool
		String fault(@AgentParam("v") Fault value) {
			return value.getMessage();
		}

		@AgentTool
		String book(@AgentParam("v") Book value) {
			return value.toString();
		}

		@AgentTool
		String books(@AgentParam("v") List<Book> value) {
			return value.toString();
		}

		@AgentTool
		String holder(@AgentParam("v") Holder value) {
			return value.toString();
		}

		@AgentTool
		String count(@AgentParam("v") Count value) {
			return value.toString();
		}

		@AgentTool
		String amount(@AgentParam("v") Amount value) {
			return value.toString();
		}

		@AgentTool
		String flag(@AgentParam("v") Flag value) {
			return value.toString();
		}

		@AgentTool
		String code(@AgentParam("v") Code value) {
			return Objects.requireNonNull(value.getText());
		}

		@AgentTool
		String said(@AgentParam("v") Said value) {
			return value.getTitle();
		}

		@AgentTool
		String value(@AgentParam("v") Value value) {
			return value.text();
		}

		@AgentTool
		String shown(@AgentParam("v") Shown value) {
			return value.toString();
		}

		@AgentTool
		String method(@AgentParam("v") HttpMethod value) {
			return value.toString();
		}

		@AgentTool
		String media(@AgentParam("v") MediaType value) {
			return value.toString();
		}

		@AgentTool
		String size(@AgentParam("v") Size value) {
			return value.toString();
		}

		@AgentTool
		String alone(MediaType type) {
			return type.toString();
		}

	}

}
