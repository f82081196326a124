package io.agentsocket.tool;

import java.util.List;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Properties that are JSON already, with {@link JsonRawValue}: each codec writes the
 * value that they are.
 */
class RawValueTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final Action action = Call.of(AgentTools.builder().build().actionsOf(new Tools()), "stored").action();

	static List<Codec> codecs() {
		return Call.codecs();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void theValueIsWrittenAndNotItsText(Codec codec) {
		for (String json : List.of("{\"a\":[1,2.5,null,true]}", " [] ", "\"text\"", "12345678901234567890", "null")) {
			Object sent = codec.decode(
					codec.encode(new Stored("x", json), Objects.requireNonNull(this.action.resultType())),
					Object.class);
			JsonNode tree = JSON.valueToTree(sent);
			assertThat(tree).hasToString("{\"name\":\"x\",\"json\":" + json.trim() + "}");
			assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
				.getSchema(JSON.<JsonNode>valueToTree(this.action.output()))
				.validate(tree)).as(json).isEmpty();
		}
	}

	@Test
	void whatIsNoJsonIsNotWritten() {
		for (String text : List.of("{\"a\":", "1 2", "", "text")) {
			assertThatExceptionOfType(CodecException.class)
				.isThrownBy(() -> Call.codecs().get(0).encode(new Stored("x", text)));
		}
	}

	record Stored(String name, @JsonRawValue @Nullable String json) {

	}

	static class Tools {

		@AgentTool
		Stored stored() {
			return new Stored("x", null);
		}

	}

}
