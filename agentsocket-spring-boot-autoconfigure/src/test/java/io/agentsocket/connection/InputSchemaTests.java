package io.agentsocket.connection;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.Answer;
import io.agentsocket.action.ApprovalRequest;
import io.agentsocket.action.QuestionHandlers;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.tool.AgentTools;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Min;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Actions that are made by hand, and questions that know whose call they belong to.
 */
class InputSchemaTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Map<String, Object> SCHEMA = Map.of("type", "object", "properties",
			Map.of("amount", Map.of("type", "integer", "minimum", 1)), "required", List.of("amount"),
			"additionalProperties", false);

	private final Pair pair = new Pair().connect();

	private final AtomicInteger runs = new AtomicInteger();

	@AfterEach
	void nothingIsLeft() {
		this.pair.assertClean();
	}

	private Mono<Integer> pay(Object arguments) {
		return this.pair.client.invoke("pay").idempotencyKey("k").arguments(arguments).toMono(Integer.class);
	}

	private void expectViolation(Object arguments, String pointer) {
		StepVerifier.create(pay(arguments)).then(this.pair::settle).expectErrorSatisfies((error) -> {
			ActionException exception = (ActionException) error;
			assertThat(exception.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(exception.hasMaybeRun()).isFalse();
			assertThat(exception.violations()).extracting("pointer").contains(pointer);
		}).verify(TIMEOUT);
		assertThat(this.runs).hasValue(0);
	}

	@Test
	void argumentsThatDoNotSatisfyTheSchemaAreRefusedBeforeTheActionBegins() {
		this.pair.serverActions
			.add(Action.named("pay").input(SCHEMA).handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		expectViolation(null, "/amount");
		expectViolation(Map.of(), "/amount");
		expectViolation(Map.of("amount", 0), "/amount");
		expectViolation(Map.of("amount", "1"), "/amount");
		expectViolation(Map.of("amount", 1, "other", 2), "/other");
		StepVerifier.create(pay(Map.of("amount", 1)))
			.then(this.pair::settle)
			.expectNext(1)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private void expectItem(Object item, boolean fits) {
		Mono<Integer> sum = this.pair.client.invoke("sum").items(Flux.just(item)).toMono(Integer.class);
		StepVerifier.FirstStep<Integer> step = StepVerifier.create(sum);
		if (fits) {
			step.then(this.pair::settle).expectNext(1).expectComplete().verify(TIMEOUT);
			return;
		}
		step.then(this.pair::settle).expectErrorSatisfies((error) -> {
			ActionException exception = (ActionException) error;
			assertThat(exception.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(exception.violations()).extracting("pointer").containsExactly("/amount");
		}).verify(TIMEOUT);
	}

	@Test
	void itemsThatDoNotSatisfyTheSchemaAreRefused() {
		this.pair.serverActions.add(Action.named("sum")
			.items(SCHEMA)
			.handler((exchange) -> exchange.inbound(Map.class).count().map(Long::intValue)));
		expectItem(Map.of("amount", 2), true);
		expectItem(Map.of("amount", 0), false);
		expectItem(Map.of("amount", "2"), false);
	}

	@Test
	void itemsOfToolsAreHeldToTheirConstraints() {
		Action tool = AgentTools.builder()
			.validator(Validation.buildDefaultValidatorFactory().getValidator())
			.build()
			.actionsOf(new ItemTools())
			.get(0);
		assertThat(tool.inputCheck().items()).isTrue();
		assertThat(AgentTools.builder().build().actionsOf(new ItemTools()).get(0).inputCheck().items()).isFalse();
		this.pair.serverActions.add(tool);
		expectItem(Map.of("amount", 2), true);
		expectItem(Map.of("amount", 0), false);
	}

	record Payment(@Min(1) int amount) {

	}

	static class ItemTools {

		@AgentTool
		Mono<Integer> sum(Flux<Payment> payments) {
			return payments.count().map(Long::intValue);
		}

	}

	@Test
	void numbersAreWhatTheyAreAndNotHowTheyAreSpelt() {
		Map<String, Object> schema = Map.of("type", "object", "properties",
				Map.of("amount", Map.of("type", "integer", "minimum", 1), "share",
						Map.of("type", "number", "maximum", 10), "bytes", Map.of("type", "string")),
				"additionalProperties", false);
		this.pair.serverActions
			.add(Action.named("pay").input(schema).handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		expectViolation(Map.of("amount", 1.5), "/amount");
		expectViolation(Map.of("amount", 0.0), "/amount");
		expectViolation(Map.of("share", new BigDecimal("1E+2000000000")), "/share");
		expectViolation(Map.of("amount", new BigDecimal("1E-2000000000")), "/amount");
		expectViolation(Map.of("amount", BigInteger.ONE.shiftLeft(3000).negate()), "/amount");
		for (Object amount : List.of(2, 2.0, new BigDecimal("2.00"), new BigDecimal("2E+3"), 1L << 40,
				BigInteger.ONE.shiftLeft(3000))) {
			StepVerifier
				.create(this.pair.client.invoke("pay")
					.arguments(Map.of("amount", amount, "share", -1e300, "bytes", new byte[] { 1 }))
					.toMono(Integer.class))
				.then(this.pair::settle)
				.expectNextCount(1)
				.expectComplete()
				.verify(TIMEOUT);
		}
	}

	/** A library that calculates with all digits of such numbers never comes back. */
	@Test
	void numbersOfAnySizeAreCheckedSoon() {
		Map<String, Object> schema = Map.of("type", "object", "properties",
				Map.of("amount", Map.of("type", "number", "multipleOf", new BigDecimal("0.5"), "maximum", 5)));
		this.pair.serverActions
			.add(Action.named("pay").input(schema).handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		for (String number : List.of("1E-2147483647", "1E+2147483647", "3E+1000000", "3E-1000000", "7E-30000")) {
			expectViolation(Map.of("amount", new BigDecimal(number)), "/amount");
		}
		StepVerifier
			.create(this.pair.client.invoke("pay")
				.arguments(Map.of("amount", new BigDecimal("2.50")))
				.toMono(Integer.class))
			.then(this.pair::settle)
			.expectNext(1)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void anotherHandlerOrSchemaOfAToolIsChecked() {
		Action tool = AgentTools.builder().build().actionsOf(new Tools()).get(0);
		assertThat(tool.inputCheck().arguments()).isFalse();
		assertThat(tool.mutate().name("other").build().inputCheck().arguments()).isFalse();
		assertThat(tool.mutate().input(SCHEMA).build().inputCheck().arguments()).isTrue();
		assertThat(tool.mutate().input(SCHEMA).build().inputCheck().byHandler()).isFalse();
		this.pair.serverActions
			.add(tool.mutate().name("pay").handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		expectViolation(Map.of(), "/amount");
		expectViolation(Map.of("amount", "1"), "/amount");
	}

	static class Tools {

		@AgentTool
		int tool(int amount) {
			return amount;
		}

	}

	@Test
	void nobodyIsAskedToApproveArgumentsThatDoNotFit() {
		List<String> asked = new ArrayList<>();
		this.pair.clientActions.add(QuestionHandlers.approvals((request) -> {
			asked.add(request.action());
			return Mono.just(true);
		}));
		this.pair.serverActions.add(Action.named("pay")
			.input(SCHEMA)
			.hints(new ActionHints(false, false, false, false, true, null))
			.handler((exchange) -> Mono.just(this.runs.incrementAndGet())));
		expectViolation(Map.of("amount", -1), "/amount");
		assertThat(asked).isEmpty();
	}

	@Test
	void mutateKeepsWhatIsNotChanged() {
		Action action = Action.named("pay")
			.title("Pay")
			.description("Pays.")
			.tags("money")
			.input(SCHEMA)
			.output(Map.of("type", "integer"))
			.visibleTo((session) -> true)
			.handler((exchange) -> Mono.just(this.runs.incrementAndGet()));
		Action other = action.mutate().name("pay.now").title("Pay now").build();
		assertThat(other).usingRecursiveComparison().ignoringFields("name", "title").isEqualTo(action);
		assertThat(other.name()).isEqualTo("pay.now");
		assertThat(other.title()).isEqualTo("Pay now");
		assertThat(action.title()).isEqualTo("Pay");
		assertThat(other.inputCheck().arguments()).isTrue();
		assertThatIllegalArgumentException().isThrownBy(() -> Action.named("none").build())
			.withMessage("handler: null (expected: a value)");
		assertThatIllegalArgumentException().isThrownBy(() -> action.mutate().name("not a name"));
	}

	@Test
	void questionsAndApprovalsKnowTheCallTheyBelongToAndItsCaller() {
		List<QuestionRequest> questions = new ArrayList<>();
		List<ApprovalRequest> approvals = new ArrayList<>();
		this.pair.clientActions.add(QuestionHandlers.questions((request) -> {
			questions.add(request);
			return Mono.just(Answer.of(request.context().get("user") + "!"));
		})).add(QuestionHandlers.approvals((request) -> {
			approvals.add(request);
			return Mono.just(true);
		}));
		this.pair.serverActions.add(Action.named("greet")
			.hints(new ActionHints(false, false, false, false, true, null))
			.handler((exchange) -> exchange.ask("Name?", String.class)));
		for (String user : List.of("ann", "bob")) {
			StepVerifier
				.create(this.pair.client.invoke("greet")
					.arguments(Map.of("of", user))
					.idempotencyKey(user)
					.toMono(String.class)
					.contextWrite((context) -> context.put("user", user)))
				.then(this.pair::settle)
				.expectNext(user + "!")
				.expectComplete()
				.verify(TIMEOUT);
		}
		assertThat(questions).extracting((request) -> request.invocation().action()).containsExactly("greet", "greet");
		assertThat(questions).extracting((request) -> request.invocation().idempotencyKey())
			.containsExactly("ann", "bob");
		assertThat(questions.get(0).invocation().id()).isEqualTo(approvals.get(0).invocation().id())
			.isNotEqualTo(questions.get(1).invocation().id());
		assertThat(approvals).extracting((request) -> request.context().<String>get("user"))
			.containsExactly("ann", "bob");
		assertThat(approvals.get(1).invocation().<Map<?, ?>>arguments(Map.class)).isEqualTo(Map.of("of", "bob"));
		assertThat(questions.get(0).prompt()).isEqualTo("Name?");
	}

}
