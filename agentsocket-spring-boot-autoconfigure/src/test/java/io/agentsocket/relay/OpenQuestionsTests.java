package io.agentsocket.relay;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
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
		return put(exchange, question, Set.of(), false);
	}

	private boolean put(AgentExchange exchange, OpenQuestions.Saved question, Set<String> runs, boolean kept) {
		return Boolean.TRUE.equals(this.questions.put(exchange, question, runs, kept).block());
	}

	private @Nullable ActionException refused(AgentExchange exchange, OpenQuestions.Saved question, Set<String> runs,
			boolean kept) {
		return catchThrowableOfType(ActionException.class, () -> put(exchange, question, runs, kept));
	}

	/** The question that the session keeps for an invocation. */
	private Optional<OpenQuestions.Saved> kept(int number) {
		Map<String, Object> all = TestFunction.JSON
			.decodeMap(Bytes.utf8(Objects.requireNonNullElse(this.attribute.get(), "{}")));
		return Optional.ofNullable(OpenQuestions.Saved.of(all.get(String.valueOf(number))));
	}

	private OpenQuestions.Taken takeOver(AgentExchange exchange, boolean begins) {
		return Objects.requireNonNull(this.questions.takeOver(exchange, begins).block());
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
		assertThat(put(exchange, second, Set.of(takeOver(exchange, false).run()), true)).isTrue();
		assertThat(answer(exchange, first)).isNotNull()
			.extracting(ActionException::errorCode)
			.isEqualTo(ErrorCode.LOST);
		assertThat(answer(exchange, second)).isNull();
		assertThat(kept(5)).get().extracting(OpenQuestions.Saved::answer).isEqualTo(ANSWER);
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
		assertThat(kept(3)).isEmpty();
	}

	@Test
	void questionOfAnotherActionIsThatOfACallBeforeAReset() {
		assertThat(put(exchange(5, "book"), question("book", "run", 1))).isTrue();
		assertThat(takeOver(exchange(5, "pay"), false).question()).isNull();
		assertThat(takeOver(exchange(5, "book"), false).question()).isNotNull();
		assertThat(takeOver(exchange(5, "pay"), true).question()).isNull();
		assertThat(kept(5)).get().matches(OpenQuestions.Saved::isClaim);
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
		assertThat(kept(5)).isEmpty();
		assertThat(kept(7)).isPresent();
	}

	@Test
	void approvalOfThePodIsKeptWithoutAQuestion() {
		AgentExchange exchange = exchange(7, "pay");
		OpenQuestions.Saved approval = new OpenQuestions.Saved("pay", "s.2", 0, 0, "run", 1, null, null);
		assertThat(put(exchange, approval)).isTrue();
		assertThat(kept(7)).contains(approval);
		assertThat(answer(exchange, approval)).isNull();
		assertThat(kept(7)).get().extracting(OpenQuestions.Saved::ask).isNull();
	}

	/** The pod was paused; another one has gone on meanwhile. */
	@Test
	void questionOfALatePodDoesNotReplaceThatOfThePodThatGoesOn() {
		AgentExchange exchange = exchange(5, "book");
		assertThat(put(exchange, question("book", "late-1", 1))).isTrue();
		OpenQuestions.Taken taken = takeOver(exchange, false);
		// The pod that goes on has not put its question yet.
		assertLost(refused(exchange, question("book", "late-2", 2), Set.of("late-1"), true));
		assertLost(answer(exchange, question("book", "late-1", 1)));
		assertThat(put(exchange, question("book", "next-1", 3), Set.of(taken.run()), true)).isTrue();
		assertLost(refused(exchange, question("book", "late-2", 4), Set.of("late-1"), true));
		assertThat(kept(5)).get().extracting(OpenQuestions.Saved::run).isEqualTo("next-1");
	}

	@Test
	void questionOfALatePodDoesNotComeBackWhenTheInvocationHasEnded() {
		AgentExchange exchange = exchange(5, "book");
		assertThat(put(exchange, question("book", "late-1", 1))).isTrue();
		OpenQuestions.Taken taken = takeOver(exchange, false);
		this.questions.remove(exchange, Set.of(taken.run())).block();
		assertLost(refused(exchange, question("book", "late-2", 2), Set.of("late-1"), true));
		assertThat(this.attribute).hasValue(null);
	}

	/** The pod was paused before its first question, and the action begins anew. */
	@Test
	void firstQuestionOfALatePodIsNotKeptInPlaceOfThatOfAnInvocationThatBeginsAnew() {
		AgentExchange exchange = exchange(5, "book");
		OpenQuestions.Taken taken = takeOver(exchange, true);
		assertThat(taken.question()).isNull();
		assertThat(put(exchange, question("book", "late-1", 1))).isFalse();
		assertThat(put(exchange, question("book", "next-1", 2), Set.of(taken.run()), false)).isTrue();
		assertThat(kept(5)).get().extracting(OpenQuestions.Saved::run).isEqualTo("next-1");
		// Where it does not begin anew nothing is kept.
		assertThat(takeOver(exchange(7, "book"), false).question()).isNull();
		assertThat(kept(7)).isEmpty();
	}

	/** A third pod begins anew, too: a claim is no question. */
	@Test
	void claimOfAPodThatDiesBeforeItsQuestionIsNoQuestion() {
		AgentExchange exchange = exchange(5, "book");
		takeOver(exchange, true);
		OpenQuestions.Taken third = takeOver(exchange, true);
		assertThat(third.question()).isNull();
		assertThat(put(exchange, question("book", "third-1", 1), Set.of(third.run()), false)).isTrue();
	}

	/** It looks for a question by the name of the action only. */
	@Test
	void claimIsNoQuestionForAPodWithoutClaims() {
		AgentExchange exchange = exchange(5, "book");
		takeOver(exchange, true);
		assertThat(kept(5)).get().extracting(OpenQuestions.Saved::action).isEqualTo("");
		assertThat(put(exchange(7, "book"), question("book", "late-1", 1))).isTrue();
		takeOver(exchange(7, "pay"), true);
		assertThat(kept(7)).get().extracting(OpenQuestions.Saved::action).isEqualTo("");
	}

	@Test
	void questionOfALatePodIsNotKeptWhereASessionWithAllItsQuestionsWasTakenOver() {
		long now = System.currentTimeMillis();
		for (int i = 0; i < 32; i++) {
			assertThat(put(exchange(2 * i + 1, "book"), question("book", "run", now))).isTrue();
		}
		AgentExchange exchange = exchange(101, "book");
		OpenQuestions.Taken taken = takeOver(exchange, true);
		assertThat(put(exchange, question("book", "next-1", now), Set.of(taken.run()), false)).isFalse();
		this.questions.remove(exchange(1, "book"), Set.of("run")).block();
		assertThat(put(exchange, question("book", "late-1", now))).isFalse();
		Set<String> runs = Set.of(taken.run(), "next-1");
		assertThat(put(exchange, question("book", "next-2", now), runs, false)).isTrue();
		assertThat(kept(101)).get().extracting(OpenQuestions.Saved::run).isEqualTo("next-2");
	}

	@Test
	void claimsThatAreLeftOverAreForgottenAndTakeNoRoomOfQuestions() {
		assertThat(put(exchange(1, "book"), question("book", "run", 1))).isTrue();
		for (int i = 1; i <= 32; i++) {
			assertThat(put(exchange(2 * i + 1, "book"), new OpenQuestions.Saved("", "", 0, 0, "run", 1, null, null)))
				.isTrue();
		}
		assertThat(put(exchange(101, "book"), question("book", "run", 2))).isTrue();
		takeOver(exchange(103, "book"), true);
		assertThat(kept(3)).isEmpty();
		assertThat(kept(65)).isEmpty();
		assertThat(kept(103)).isPresent();
		// It may be taken over next.
		assertThat(kept(1)).isPresent();
	}

	@Test
	void questionThatIsTooLargeLeavesNoPlaceToALatePod() {
		AgentExchange exchange = exchange(5, "book");
		OpenQuestions.Saved large = new OpenQuestions.Saved("book", "s.2", 2, 2, "next-2", 2,
				new AnswerPart.Ask(false, "x".repeat(64 * 1024), null, "c1", null, null, null, false), null);
		OpenQuestions.Taken taken = takeOver(exchange, true);
		assertThat(put(exchange, question("book", "next-1", 1), Set.of(taken.run()), false)).isTrue();
		assertThat(put(exchange, large, Set.of(taken.run(), "next-1"), true)).isFalse();
		assertThat(put(exchange, question("book", "late-1", 3))).isFalse();
		assertThat(kept(5)).get().matches(OpenQuestions.Saved::isClaim);
		this.questions.remove(exchange, Set.of("next-2")).block();
		assertThat(kept(5)).isEmpty();
	}

	@Test
	void questionThatIsTooLargeRemovesOnlyTheOneBeforeItOfThisPod() {
		AgentExchange exchange = exchange(5, "book");
		OpenQuestions.Saved large = new OpenQuestions.Saved("book", "s.1", 2, 2, "late-2", 2,
				new AnswerPart.Ask(false, "x".repeat(64 * 1024), null, "c1", null, null, null, false), null);
		assertThat(put(exchange, question("book", "late-1", 1))).isTrue();
		OpenQuestions.Taken taken = takeOver(exchange, false);
		assertLost(refused(exchange, large, Set.of("late-1"), true));
		assertThat(kept(5)).get().extracting(OpenQuestions.Saved::run).isEqualTo(taken.run());
		assertThat(put(exchange, large, Set.of(taken.run()), true)).isFalse();
		assertThat(kept(5)).get().matches(OpenQuestions.Saved::isClaim);
	}

	private static void assertLost(@Nullable ActionException error) {
		assertThat(error).isNotNull().satisfies((lost) -> {
			assertThat(lost.errorCode()).isEqualTo(ErrorCode.LOST);
			assertThat(lost.hasMaybeRun()).isTrue();
		});
	}

}
