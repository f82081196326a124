package io.agentsocket.relay;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

/**
 * Questions of functions in an attribute of a session that two pods see. Section 9 of
 * {@code docs/function-protocol.md}.
 */
class OpenQuestionsTests {

	private static final Map<String, Object> ANSWER = Map.of("outcome", "answer", "value", 1);

	private final OpenQuestions questions = new OpenQuestions(TestFunction.JSON);

	private final AgentSession session = mock(AgentSession.class);

	private final AtomicReference<@Nullable String> attribute = new AtomicReference<>();

	@BeforeEach
	void store() {
		when(this.session.updateAttribute(any(), eq(String.class), any())).thenAnswer((call) -> {
			UnaryOperator<@Nullable String> change = call.getArgument(2);
			return Mono.justOrEmpty(this.attribute.updateAndGet(change));
		});
	}

	private AgentExchange exchange(int number, String action) {
		AgentExchange exchange = mock(AgentExchange.class);
		when(exchange.session()).thenReturn(this.session);
		when(exchange.callNumber()).thenReturn(number);
		when(exchange.action()).thenReturn(Action.named(action).handler((called) -> Mono.empty()));
		return exchange;
	}

	private static OpenQuestions.Saved question(String action, String run, long at) {
		return new OpenQuestions.Saved(action, "s.1", 1, 1, run, at,
				new AnswerPart.Ask(false, "Which day?", null, "c1", null, null, null, false), null);
	}

	private boolean put(AgentExchange exchange, OpenQuestions.Saved question) {
		return Boolean.TRUE.equals(this.questions.put(exchange, question).block());
	}

	private @Nullable ActionException answer(AgentExchange exchange, OpenQuestions.Saved question) {
		return catchThrowableOfType(ActionException.class,
				() -> this.questions.answered(exchange, question, true, ANSWER).block());
	}

	@Test
	void ofTwoPodsOnlyTheLaterOneStoresAnAnswer() {
		AgentExchange exchange = exchange(5, "book");
		OpenQuestions.Saved first = question("book", "first", 1);
		OpenQuestions.Saved second = question("book", "second", 2);
		assertThat(put(exchange, first)).isTrue();
		assertThat(put(exchange, second)).isTrue();
		assertThat(answer(exchange, first)).isNotNull()
			.extracting(ActionException::errorCode)
			.isEqualTo(ErrorCode.LOST);
		assertThat(answer(exchange, second)).isNull();
		Optional<OpenQuestions.Saved> found = this.questions.find(exchange).block();
		assertThat(found).get().extracting(OpenQuestions.Saved::answer).isEqualTo(ANSWER);
	}

	/** The pod was paused while another one went on and came to the end. */
	@Test
	void answerOfAnInvocationThatHasEndedInAnotherPodGoesNowhere() {
		AgentExchange exchange = exchange(5, "book");
		OpenQuestions.Saved paused = question("book", "first", 1);
		assertThat(put(exchange, paused)).isTrue();
		this.questions.remove(exchange, Set.of("first")).block();
		assertThat(answer(exchange, paused)).isNotNull()
			.extracting(ActionException::errorCode)
			.isEqualTo(ErrorCode.LOST);
		assertThat(this.attribute).hasValue(null);
	}

	@Test
	void questionsOfLivingInvocationsAreNotForgottenForOthers() {
		for (int i = 0; i < 32; i++) {
			assertThat(put(exchange(2 * i + 1, "book"), question("book", "run", 5_000_000))).isTrue();
		}
		AgentExchange later = exchange(101, "book");
		assertThat(put(later, question("book", "run", 5_000_001))).isFalse();
		// Its answer reaches the function nevertheless, as long as its pod lives.
		assertThat(this.questions.answered(later, question("book", "run", 5_000_001), false, ANSWER).blockOptional())
			.isEmpty();
		assertThat(answer(exchange(1, "book"), question("book", "run", 5_000_000))).isNull();
		// An hour later whoever is still there was left over.
		assertThat(put(later, question("book", "run", 8_600_001))).isTrue();
		assertThat(this.questions.find(exchange(3, "book")).block()).isEmpty();
	}

	@Test
	void questionOfAnotherActionIsThatOfACallBeforeAReset() {
		assertThat(put(exchange(5, "book"), question("book", "run", 1))).isTrue();
		assertThat(this.questions.find(exchange(5, "pay")).block()).isEmpty();
		assertThat(this.questions.find(exchange(5, "book")).block()).isPresent();
	}

	@Test
	void invocationThatBeginsForgetsTheQuestionOfItsNumberBeforeAReset() {
		when(this.session.attribute(any(), eq(String.class)))
			.thenAnswer((call) -> Optional.ofNullable(this.attribute.get()));
		assertThat(put(exchange(5, "book"), question("book", "run", 1))).isTrue();
		assertThat(put(exchange(7, "book"), question("book", "run", 1))).isTrue();
		assertThat(this.questions.mayHave(exchange(9, "book"))).isFalse();
		assertThat(this.questions.mayHave(exchange(5, "book"))).isTrue();
		this.questions.forget(exchange(5, "book")).block();
		assertThat(this.questions.mayHave(exchange(5, "book"))).isFalse();
		assertThat(this.questions.find(exchange(5, "book")).block()).isEmpty();
		assertThat(this.questions.find(exchange(7, "book")).block()).isPresent();
	}

	@Test
	void approvalOfThePodIsKeptWithoutAQuestion() {
		AgentExchange exchange = exchange(7, "pay");
		OpenQuestions.Saved approval = new OpenQuestions.Saved("pay", "s.2", 0, 0, "run", 1, null, null);
		assertThat(put(exchange, approval)).isTrue();
		assertThat(this.questions.find(exchange).block()).contains(approval);
		assertThat(answer(exchange, approval)).isNull();
		Optional<OpenQuestions.Saved> found = this.questions.find(exchange).block();
		assertThat(found).get().extracting(OpenQuestions.Saved::ask).isNull();
	}

}
