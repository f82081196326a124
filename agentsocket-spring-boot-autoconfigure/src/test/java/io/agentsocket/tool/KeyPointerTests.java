package io.agentsocket.tool;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A violation points to a value by the key that the caller has sent, whatever text the
 * key has in Java.
 */
class KeyPointerTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.build()
		.actionsOf(new Tools());

	@ParameterizedTest
	@CsvSource({ "colors,1", "colors,bee", "colors,sea", "locales,de-CH", "locales,de_CH",
			"instants,2026-01-31T00:00:00+01:00", "codes,x/y" })
	void elementsOfElements(String tool, String key) {
		assertThat(Call.of(ACTIONS, tool).with("v", Map.of(key, Map.of(key, "a"))).broken())
			.containsExactly("/v/" + escaped(key) + "/" + escaped(key) + " Size");
		assertThat(Call.of(ACTIONS, tool).with("v", Map.of(key, Map.of(key, "ab"))).value()).isEqualTo(1);
	}

	@Test
	void componentsOfElements() {
		Map<String, Object> value = Map.of("1", List.of(Map.of("name", "a")));
		assertThat(Call.of(ACTIONS, "cascaded").with("v", value).broken()).containsExactly("/v/1/0/name Size");
		assertThat(Call.of(ACTIONS, "whole").with("named", value).broken()).containsExactly("/named/1/0/name Size");
	}

	@Test
	void keysThemselves() {
		assertThat(Call.of(ACTIONS, "sized").with("v", Map.of("de-CH", Map.of("abc", 1))).broken())
			.allSatisfy((violation) -> assertThat(violation).startsWith("/v/de-CH/abc "));
	}

	@Test
	void eachMapIsReadOnceForAllItsViolations() {
		Map<String, String> value = new HashMap<>();
		for (int i = 0; i < 300; i++) {
			value.put("KEY" + i, "a");
		}
		int before = Lower.MADE.get();
		assertThat(Call.of(ACTIONS, "lower").with("v", value).broken()).isNotEmpty()
			.allSatisfy((violation) -> assertThat(violation).startsWith("/v/KEY"));
		// To bind them, and to find their names.
		assertThat(Lower.MADE.get() - before).isLessThan(3 * 300);
	}

	private static String escaped(String key) {
		return key.replace("/", "~1");
	}

	enum Color {

		@JsonProperty("1")
		A,

		@JsonProperty("bee")
		B,

		C {

			@Override
			public String toString() {
				return "sea";
			}

		}

	}

	static final class Code {

		private final String text;

		@JsonCreator
		Code(String text) {
			this.text = text;
		}

		@JsonValue
		public String text() {
			return this.text;
		}

	}

	/** A key in any case. */
	record Lower(@JsonValue String text) {

		static final AtomicInteger MADE = new AtomicInteger();

		@JsonCreator
		Lower {
			MADE.incrementAndGet();
			text = text.toLowerCase(Locale.ROOT);
		}

	}

	record Named(@Size(min = 2) String name) {

	}

	record Whole(Map<Color, List<@Valid Named>> named) {

	}

	static class Tools {

		@AgentTool
		int colors(@AgentParam("v") Map<Color, Map<Color, @Size(min = 2) String>> v) {
			return v.size();
		}

		@AgentTool
		int locales(@AgentParam("v") Map<Locale, Map<Locale, @Size(min = 2) String>> v) {
			return v.size();
		}

		@AgentTool
		int instants(@AgentParam("v") Map<Instant, Map<OffsetDateTime, @Size(min = 2) String>> v) {
			return v.size();
		}

		@AgentTool
		int lower(@AgentParam("v") Map<Lower, @Size(min = 2) String> v) {
			return v.size();
		}

		@AgentTool
		int codes(@AgentParam("v") Map<Code, Map<Code, @Size(min = 2) String>> v) {
			return v.size();
		}

		@AgentTool
		int sized(@AgentParam("v") Map<Locale, Map<@Size(min = 5) String, Integer>> v) {
			return v.size();
		}

		@AgentTool
		int cascaded(@AgentParam("v") Map<Color, List<@Valid Named>> v) {
			return v.size();
		}

		@AgentTool
		int whole(Whole whole) {
			return whole.named().size();
		}

	}

}
