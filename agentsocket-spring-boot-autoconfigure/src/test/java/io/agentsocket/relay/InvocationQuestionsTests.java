package io.agentsocket.relay;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;

/**
 * Questions of an invocation that two pods have at the same time: the one does not know
 * yet that the other one has taken it over.
 */
class InvocationQuestionsTests {

	private final AtomicReference<String> attribute = new AtomicReference<>();

	private final OpenQuestions open = new OpenQuestions(JacksonCodec.json());

	private final Questions asking = Mockito.mock(Questions.class);

	private final AgentExchange exchange = Mockito.mock(AgentExchange.class);

	@BeforeEach
	void session() {
		AgentSession session = Mockito.mock(AgentSession.class);
		given(session.isConnected()).willReturn(true);
		given(session.updateAttribute(any(), any(), any())).willAnswer((call) -> {
			UnaryOperator<String> change = call.getArgument(2);
			return Mono.fromCallable(() -> this.attribute.updateAndGet(change));
		});
		given(this.exchange.session()).willReturn(session);
		given(this.exchange.callNumber()).willReturn(3);
		given(this.exchange.action()).willReturn(
				ActionDescriptor.from(Map.of("name", "pay", "result", "value")).toAction((call) -> Mono.empty()));
	}

	private InvocationQuestions pod() {
		return new InvocationQuestions(this.open, this.asking, this.exchange, "i1");
	}

	@Test
	void podThatIsTooLateLeavesTheQuestionOfTheOneThatGoesOn() {
		Sinks.Empty<Void> late = Sinks.empty();
		InvocationQuestions before = pod();
		StepVerifier lost = StepVerifier.create(before.approve(late.asMono()))
			.expectErrorMatches(
					(error) -> error instanceof ActionException failure && failure.errorCode() == ErrorCode.LOST)
			.verifyLater();
		InvocationQuestions after = pod();
		after.restore(this.open.takeOver(this.exchange, false).blockOptional().orElseThrow());
		Sinks.Empty<Void> given = Sinks.empty();
		StepVerifier approved = StepVerifier.create(after.approve(given.asMono())).expectComplete().verifyLater();
		late.tryEmitEmpty();
		lost.verify();
		before.over(SignalType.ON_ERROR);
		given.tryEmitEmpty();
		approved.verify();
		assertThat(this.attribute.get()).isNotNull();
		after.over(SignalType.ON_COMPLETE);
		assertThat(this.attribute.get()).isNull();
	}

	/** The function asks once more in a pod that was paused between its questions. */
	@Test
	void furtherQuestionOfAPodThatIsTooLateIsLost() {
		AnswerPart.Ask ask = new AnswerPart.Ask(false, "Which day?", null, "c1", null, null, null, false);
		Sinks.One<Map<String, Object>> agent = Sinks.one();
		given(this.asking.ask(any(), any())).willReturn(agent.asMono());
		InvocationQuestions before = pod();
		StepVerifier answered = StepVerifier.create(before.ask(ask, 1))
			.expectNextCount(1)
			.expectComplete()
			.verifyLater();
		agent.tryEmitValue(Map.of("outcome", "answer"));
		answered.verify();
		InvocationQuestions after = pod();
		after.restore(this.open.takeOver(this.exchange, false).blockOptional().orElseThrow());
		StepVerifier.create(Await.ended(before.ask(ask, 2)))
			.expectErrorMatches(
					(error) -> error instanceof ActionException failure && failure.errorCode() == ErrorCode.LOST)
			.verify();
		before.over(SignalType.ON_ERROR);
		StepVerifier.create(Await.ended(after.ask(ask, 2))).expectNextCount(1).expectComplete().verify();
		assertThat(this.attribute.get()).isNotNull();
		after.over(SignalType.ON_COMPLETE);
		assertThat(this.attribute.get()).isNull();
	}

}
