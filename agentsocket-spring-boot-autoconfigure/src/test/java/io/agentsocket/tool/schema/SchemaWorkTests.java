package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Schemas and values that would take minutes, a deep stack or all of the heap to check:
 * the schema comes from a function, the value from an agent.
 */
@ExtendWith(OutputCaptureExtension.class)
class SchemaWorkTests {

	private final SchemaChecks checks = new SchemaChecks("unknown");

	private List<Violation> check(Map<String, Object> schema, Object value) {
		return this.checks.violations(Map.of("properties", Map.of("a", schema)), Map.of("a", value));
	}

	private static Violation tooMuch(String rule) {
		return new Violation("", rule, "It takes too much work to check these values.");
	}

	/** The time of the first doubles with each character, the others need a stack. */
	@ParameterizedTest
	@CsvSource({ "^(.*a){25}$, a, 60", "^(a|b)*$, a, 200000", "^(?:[a-z]|b)+$, a, 200000", "(a*)*c, a, 30000" })
	void patternsAreMatchedWithinABound(String pattern, String character, int length, CapturedOutput output) {
		assertThat(check(Map.of("pattern", pattern), character.repeat(length) + "!"))
			.containsExactly(tooMuch("pattern"));
		assertThat(check(Map.of("pattern", pattern), character.repeat(10)).size()).isLessThan(2);
		assertThat(output).doesNotContain("ERROR");
	}

	/** Some of the library's own patterns need a stack. */
	@ParameterizedTest
	@CsvSource({ "hostname, a.", "uri-template, a", "json-pointer, /a" })
	void formatsAreMatchedWithinABound(String format, String part) {
		assertThat(check(Map.of("format", format), part.repeat(200_000) + "~")).hasSize(1);
		assertThat(check(Map.of("format", format), part + "a")).isEmpty();
	}

	/** Each of them needs no more than a match may have. */
	@Test
	void manyTextsShareTheWorkOfTheirPatterns() {
		List<String> costly = Collections.nCopies(3000, "a".repeat(25) + "!");
		Map<String, Object> pattern = Map.of("pattern", "(^(.*a){6}$)|!$");
		assertThat(check(Map.of("items", pattern), costly)).containsExactly(tooMuch("pattern"));
		assertThat(check(Map.of("items", pattern), costly.subList(0, 1))).isEmpty();
		Map<String, Object> names = new HashMap<>();
		for (int i = 0; i < 3000; i++) {
			names.put("a".repeat(20) + i + "!", i);
		}
		assertThat(check(Map.of("propertyNames", pattern), names)).containsExactly(tooMuch("pattern"));
	}

	/** A word is looked at once for each other one. */
	@Test
	void longListsOfWordsAreSensiblePatterns() {
		StringBuilder words = new StringBuilder("^(");
		for (char first = 'A'; first <= 'J'; first++) {
			for (char second = 'A'; second <= 'Z'; second++) {
				words.append(first).append(second).append('|');
			}
		}
		Map<String, Object> pattern = Map.of("pattern", words.append("ZZ)$").toString());
		List<String> values = new ArrayList<>();
		for (int i = 0; i < 100_000; i++) {
			values.add("" + (char) ('A' + i % 10) + (char) ('A' + i % 26));
		}
		assertThat(check(Map.of("items", pattern), values)).isEmpty();
	}

	@Test
	void sensiblePatternsMatchLongTexts() {
		String text = "word ".repeat(100_000);
		assertThat(check(Map.of("pattern", "^[a-z ]*$"), text)).isEmpty();
		assertThat(check(Map.of("pattern", "^[a-z ]*$"), text + "!")).extracting(Violation::rule)
			.containsExactly("pattern");
	}

	@Test
	void aPatternThatAnAgentSendsIsNoLongerThanNeeded() {
		assertThat(check(Map.of("format", "regex"), "a".repeat(300_000))).isNotEmpty();
		assertThat(check(Map.of("format", "regex"), "(".repeat(300_000))).isNotEmpty();
		assertThat(check(Map.of("format", "regex"), "a*")).isEmpty();
	}

	@Test
	void alternativesWithinAlternativesAreBounded() {
		Map<String, Object> all = new HashMap<>();
		all.put("d0", Map.of("type", "object"));
		for (int i = 1; i <= 40; i++) {
			Map<String, Object> before = Map.of("$ref", "#/$defs/d" + (i - 1));
			all.put("d" + i, Map.of("allOf", List.of(before, before)));
		}
		assertThat(this.checks.violations(Map.of("$ref", "#/$defs/d40", "$defs", all), Map.of()))
			.containsExactly(tooMuch("type"));
	}

	@Test
	void aSchemaWithoutAnEndFailsByItself() {
		for (Map<String, Object> schema : List.<Map<String, Object>>of(Map.of("$ref", "#"),
				Map.of("allOf", List.of(Map.of("$ref", "#"))))) {
			assertThatIllegalArgumentException().isThrownBy(() -> this.checks.violations(schema, Map.of()));
		}
	}

	@Test
	void deepValuesAreNoFaultOfTheSchema() {
		Map<String, Object> link = Map.of("type", "object", "properties", Map.of("next", Map.of("$ref", "#/$defs/n")));
		Map<String, Object> chain = Map.of("$ref", "#/$defs/n", "$defs", Map.of("n", link));
		assertThat(this.checks.violations(chain, nested(60))).isEmpty();
		assertThat(this.checks.violations(chain, nested(400))).containsExactly(tooMuch("type"));
	}

	private static Object nested(int levels) {
		Map<String, Object> value = Map.of();
		for (int i = 0; i < levels; i++) {
			value = Map.of("next", value);
		}
		return value;
	}

	/** Different texts of the same hash. */
	private static List<String> sameHash(int count) {
		List<String> texts = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			StringBuilder text = new StringBuilder();
			for (int bit = 0; bit < 16; bit++) {
				text.append(((i >> bit & 1) == 0) ? "Aa" : "BB");
			}
			texts.add(text.toString());
		}
		return texts;
	}

	@Test
	void elementsOfOneHashAreNotComparedWithEachOther() {
		Map<String, Object> unique = Map.of("uniqueItems", true);
		assertThat(check(unique, sameHash(30_000))).containsExactly(tooMuch("uniqueItems"));
		assertThat(check(unique, sameHash(400))).isEmpty();
		assertThat(check(unique, Collections.nCopies(30_000, "AaAa"))).extracting(Violation::rule)
			.containsExactly("uniqueItems");
		assertThat(check(Map.of("items", unique), List.of(sameHash(30_000)))).containsExactly(tooMuch("uniqueItems"));
		assertThat(check(Map.of("type", "array"), sameHash(30_000))).isEmpty();
	}

	@Test
	void largeValuesAreCheckedAsAWhole() {
		List<Map<String, Object>> rows = new ArrayList<>();
		for (int i = 0; i < 50_000; i++) {
			rows.add(Map.of("name", "n" + i, "size", i, "tags", List.of("a")));
		}
		Map<String, Object> row = Map.of("type", "object", "properties",
				Map.of("name", Map.of("type", "string", "minLength", 1, "maxLength", 10, "pattern", "^n\\d+$"), "size",
						Map.of("type", "integer", "minimum", 0, "maximum", 49_998), "tags",
						Map.of("type", "array", "items", Map.of("enum", List.of("a", "b")))),
				"required", List.of("name", "size", "tags"), "additionalProperties", false);
		assertThat(check(Map.of("type", "array", "items", row), rows)).extracting(Violation::pointer)
			.containsExactly("/a/49999/size");
	}

	/** They would take seconds and hundreds of megabytes to find and to word. */
	@Test
	void noMoreMistakesAreLookedForThanAnAnswerHasRoomFor() {
		List<Object> wrong = Collections.nCopies(1_000_000, "");
		Map<String, Object> integers = Map.of("type", "array", "items", Map.of("type", "integer"));
		Map<String, Object> texts = Map.of("type", "array", "items", Map.of("type", "string"));
		assertThat(check(integers, List.of(""))).hasSize(1);
		assertThat(check(integers, wrong)).hasSizeBetween(10, 100).allMatch((error) -> error.rule().equals("type"));
		assertThat(check(Map.of("properties", Map.of("b", integers)), Map.of("b", wrong))).isNotEmpty();
		assertThat(check(Map.of("type", "object", "additionalProperties", false), names())).isNotEmpty();
		assertThat(found(integers, wrong).toException()).hasMessageContaining("more than 1");
		assertThat(found(integers, wrong.subList(0, 100)).toException()).hasMessageContaining("with 100 violations");
		List<Object> few = wrong.subList(0, 5000);
		assertThat(check(Map.of("anyOf", List.of(integers, Map.of("type", "null"))), few)).isNotEmpty();
		assertThat(check(Map.of("anyOf", List.of(integers, texts)), few)).isEmpty();
		assertThat(check(Map.of("items", Map.of("anyOf", List.of(Map.of("type", "integer"), Map.of("type", "string")))),
				few))
			.isEmpty();
		assertThat(check(Map.of("not", integers), few)).isEmpty();
	}

	/** Each mistake has a place of its own, and each place that key. */
	@Test
	void aLongKeyIsNoPartOfEachMistake() {
		String key = "k".repeat(400_000);
		List<Object> wrong = Collections.nCopies(1000, "x");
		Map<String, Object> integers = Map.of("items", Map.of("type", "integer"));
		Map<String, Object> shortNames = Map.of("propertyNames", Map.of("maxLength", 2));
		assertThat(check(Map.of("additionalProperties", integers), Map.of(key, wrong))).isNotEmpty()
			.allMatch((error) -> error.pointer().startsWith("/a/kkk") && error.pointer().length() < 310)
			.allMatch((error) -> error.message().length() < 310);
		Map<String, Object> either = Map.of("anyOf", List.of(integers, integers));
		assertThat(check(Map.of("additionalProperties", either), Map.of(key, wrong))).containsExactly(tooMuch("type"));
		assertThat(check(Map.of("additionalProperties", either), Map.of(key, List.of("x")))).isNotEmpty();
		assertThat(check(Map.of("additionalProperties", shortNames),
				Map.of(key,
						names().keySet().stream().limit(1000).collect(Collectors.toMap((name) -> name, (name) -> 1)))))
			.isNotEmpty()
			.allMatch((error) -> error.pointer().length() < 310 && error.message().length() < 310);
	}

	private static Violations found(Map<String, Object> schema, Object value) {
		JsonNode tree = JsonMapper.shared().valueToTree(schema);
		Violations violations = new Violations();
		new SchemaDiagnosis(() -> tree, "unknown").check(DataModel.of(value), violations);
		return violations;
	}

	private static Map<String, Object> names() {
		Map<String, Object> names = new HashMap<>();
		for (int i = 0; i < 200_000; i++) {
			names.put("n" + i, i);
		}
		return names;
	}

	/** A question may bring another schema each time. */
	@Test
	void compiledSchemasAreBoundedByTheirSize() {
		List<String> names = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			names.add("name " + i);
		}
		for (int i = 0; i < 50; i++) {
			this.checks.violations(Map.of("title", "question " + i, "enum", names), "name 1");
		}
		assertThat(this.checks.size()).isBetween(1, 10);
		for (int i = 0; i < 2000; i++) {
			this.checks.violations(Map.of("title", "question " + i), "name 1");
		}
		assertThat(this.checks.size()).isEqualTo(1024);
	}

}
