package io.agentsocket.mcp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The time that clients have to come back with answers, by a clock that the test sets.
 */
class ParkedCallsTests {

	private static final Duration TTL = Duration.ofMinutes(6);

	private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

	private final RequestStates states = new RequestStates(TTL, () -> "pod1",
			() -> this.time.now(TimeUnit.MILLISECONDS));

	private final ParkedCalls calls = new ParkedCalls(this.states, JacksonCodec.json(), 3, TTL, this.time);

	private final Call call = new Call();

	private final ParkedCalls.Place place = this.calls.enter(this.call, "book",
			new McpSession(() -> "alice", null, new AgentInfo("test", "1")));

	@AfterEach
	void dispose() {
		this.time.dispose();
	}

	/** Asks, and reads what a client would bring back. */
	private RequestStates.State ask() {
		Bytes members = this.place.questions(Map.of());
		return RequestStates
			.parse(JsonMapper.shared().readTree("{" + members.toUtf8() + "}").path("requestState").asString());
	}

	@Test
	void aClientThatNeverComesBackHasItsCallEnded() {
		ask();
		this.time.advanceTimeBy(TTL.minusMillis(1));
		assertThat(this.call.forgotten).isEmpty();
		this.time.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.call.forgotten).containsExactly("Its caller did not come back");
		assertThat(this.calls.size()).isZero();
	}

	@Test
	void aClientThatComesBackInTimeDoesNot() {
		RequestStates.State state = ask();
		this.time.advanceTimeBy(TTL.minusMillis(1));
		this.states.verify(state, "book", "alice");
		assertThat(this.place.take(state.sequence())).isTrue();
		this.time.advanceTimeBy(TTL.multipliedBy(2));
		assertThat(this.call.forgotten).isEmpty();
		// Its next question has the whole time again.
		ask();
		this.time.advanceTimeBy(TTL.minusMillis(1));
		assertThat(this.call.forgotten).isEmpty();
		this.time.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.call.forgotten).hasSize(1);
	}

	@Test
	void aStateIsGoodForItsTimeOnly() {
		RequestStates.State state = ask();
		this.time.advanceTimeBy(TTL);
		this.states.verify(state, "book", "alice");
		this.time.advanceTimeBy(Duration.ofMillis(1));
		assertThatExceptionOfType(RpcError.class).isThrownBy(() -> this.states.verify(state, "book", "alice"))
			.withMessage("This requestState has expired");
	}

	@Test
	void theStateOfAnEarlierQuestionIsUsedUp() {
		RequestStates.State first = ask();
		assertThat(this.place.take(first.sequence())).isTrue();
		assertThat(this.place.take(first.sequence())).isFalse();
		RequestStates.State second = ask();
		assertThat(this.place.take(first.sequence())).isFalse();
		assertThat(this.place.take(second.sequence())).isTrue();
	}

	private final class Call implements OpenCall {

		private final List<String> forgotten = new ArrayList<>();

		@Override
		public void resume(Reply next, int sequence, Map<String, Object> responses, @Nullable McpSession caller) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void leave(String reason) {
			forget(reason);
		}

		@Override
		public void forget(String reason) {
			this.forgotten.add(reason);
			ParkedCallsTests.this.place.leave();
		}

	}

}
