package io.agentsocket.tool;

import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.SchemaValidator;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Past;
import jakarta.validation.constraints.Size;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Constraints of items in streams and of elements of arrays: a validator has to be taught
 * to see the first, and none sees the second.
 */
class StreamConstraintTests {

	private static final LocalValidatorFactoryBean VALIDATOR = new LocalValidatorFactoryBean();

	private static List<Action> actions;

	@BeforeAll
	static void start() {
		VALIDATOR.afterPropertiesSet();
		actions = AgentTools.builder().validator(VALIDATOR).build().actionsOf(new Tools());
	}

	@AfterAll
	static void stop() {
		VALIDATOR.close();
	}

	private static Call call(String tool) {
		return Call.of(actions, tool);
	}

	/** The schema says as much as it can, and is looked at before the validator. */
	@Test
	void itemsAreHeldToTheConstraintsOfTheirStream() {
		Action numbers = call("numbers").action();
		assertThat(numbers.items().toString()).contains("minimum=3", "maximum=9");
		assertThat(numbers.inputCheck().items()).isTrue();
		assertThat(call("numbers").sending(Flux.just(3, 9)).value()).isEqualTo(2L);
		assertThat(call("numbers").sending(Flux.just(3, 2)).broken()).containsExactly(" Min");
		assertThat(call("mails").action().items().toString()).contains("format=email", "minLength=5");
		assertThat(call("mails").sending(Flux.just("a@b.example")).value()).isEqualTo(1L);
		assertThat(call("mails").sending(Flux.just("a@b")).broken()).containsExactly(" Size");
		for (Object item : List.of(2, 10)) {
			assertThat(SchemaValidator.standard().violations(numbers.items(), item)).isNotEmpty();
		}
	}

	@Test
	void constraintsThatNoSchemaCanSayHoldForItemsToo() {
		assertThat(call("days").sending(Flux.just(LocalDate.of(2000, 1, 31))).value()).isEqualTo(1L);
		assertThat(call("days").sending(Flux.just(LocalDate.of(9000, 1, 31))).broken()).containsExactly(" Past");
		assertThat(call("people").sending(Flux.just(new Person("a"))).value()).isEqualTo(1L);
		assertThat(call("people").sending(Flux.just(new Person(" "))).broken()).containsExactly("/name NotBlank");
	}

	/** A validator compares each mistake with all others. */
	@Test
	void veryManyMistakesTakeNoLongTime() {
		List<Integer> wrong = Collections.nCopies(100_000, 0);
		assertThat(call("elements").with("v", List.of(0, 1)).broken()).containsExactly("/v/0 Min");
		assertThat(call("elements").with("v", Collections.nCopies(100_000, 1)).value()).isEqualTo(100_000);
		assertThat(call("elements").with("v", wrong).broken()).containsExactly(" value");
		assertThat(call("lines").with("lines", wrong).broken()).containsExactly(" value");
		assertThat(call("manyLines").sending(Flux.just(new Lines(wrong))).broken()).containsExactly(" value");
	}

	/** No item asks again for the constraints of the arguments beside its stream. */
	@Test
	void argumentsBesideAStreamAreCheckedOnce() {
		assertThat(call("both").with("v", 5).sending(Flux.just(1, 2)).value()).isEqualTo(2L);
		assertThat(call("both").with("v", 1).sending(Flux.just(1)).broken()).containsExactly("/v Min");
		assertThat(call("both").with("v", 5).sending(Flux.just(0)).broken()).containsExactly(" Min");
	}

	@Test
	void constraintsOfResultsAreNoneOfOtherTools() {
		assertThat(call("results").flux().collectList().block(Call.TIMEOUT)).containsExactly(0);
		assertThat(call("result").value()).isEqualTo(0);
	}

	/**
	 * A constraint in front of an array says nothing of its elements.
	 */
	@Test
	void constraintsOfArraysAreThoseOfTheArray() {
		for (Codec codec : Call.codecs()) {
			assertThat(call("array").codec(codec).with("v", List.of("a", "b")).value()).isEqualTo(2);
			assertThat(call("array").codec(codec).with("v", List.of("abc")).broken()).hasSize(1)
				.allMatch((broken) -> broken.startsWith("/v "));
			assertThat(call("row").codec(codec).with("v", Map.of("cells", List.of("a", "b"))).value()).isEqualTo(2);
			assertThat(call("row").codec(codec).with("v", Map.of("cells", List.of("abc"))).broken()).hasSize(1)
				.allMatch((broken) -> broken.startsWith("/v/cells "));
		}
		for (String tool : List.of("array", "row")) {
			assertThat(call(tool).action().input().toString()).contains("minItems=2").doesNotContain("minLength");
		}
	}

	@Test
	void validatorThatCannotBeTaughtSaysWhatIsWrong() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> AgentTools.builder()
				.validator(Validation.buildDefaultValidatorFactory().getValidator())
				.build()
				.actionsOf(new Tools()))
			.withMessageContaining("The validator refuses the constraints of its class: HV000197")
			.withMessageContaining("ValidatorFactory");
	}

	record Lines(List<@Min(1) Integer> lines) {
	}

	record Person(@NotBlank String name) {

	}

	record Row(@Size(min = 2) String[] cells) {

	}

	static class Tools {

		@AgentTool
		int elements(@AgentParam("v") List<@Min(1) Integer> values) {
			return values.size();
		}

		@AgentTool
		int lines(Lines lines) {
			return lines.lines().size();
		}

		@AgentTool
		Mono<Long> manyLines(Flux<Lines> lines) {
			return lines.count();
		}

		@AgentTool
		Mono<Long> numbers(Flux<@Min(3) @Max(9) Integer> items) {
			return items.count();
		}

		@AgentTool
		Mono<Long> mails(Flux<@Email @Size(min = 5) String> items) {
			return items.count();
		}

		@AgentTool
		Mono<Long> days(Flux<@Past LocalDate> items) {
			return items.count();
		}

		@AgentTool
		Mono<Long> people(Flux<@Valid Person> items) {
			return items.count();
		}

		@AgentTool
		Mono<Long> both(@Min(3) int v, Flux<@Min(1) Integer> items) {
			return items.count();
		}

		@AgentTool
		Flux<@Min(1) Integer> results() {
			return Flux.just(0);
		}

		@AgentTool
		Mono<@Min(1) Integer> result() {
			return Mono.just(0);
		}

		@AgentTool
		int array(@Size(min = 2) String[] v) {
			return v.length;
		}

		@AgentTool
		int row(@AgentParam("v") @Valid Row v) {
			return v.cells().length;
		}

	}

}
