package io.agentsocket.function;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import io.agentsocket.Await;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import org.mockito.Answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.Mockito.mock;

/**
 * Invocations that want to go on where nothing goes on any more.
 */
class DetachedWorkTests {

	/**
	 * Its tool has run until it wanted to go on, and must not be called again unasked.
	 */
	@Test
	void runThatIsRefusedMayHaveRun() {
		DetachedWork work = new DetachedWork(List.of());
		work.end().block(Await.LONG);
		CallbackPush callback = new CallbackPush(URI.create("http://127.0.0.1/callback"), "token", Instant.MAX,
				Set.of(), JacksonCodec.json());
		ActionException refusal = catchThrowableOfType(ActionException.class,
				() -> work.take(callback, mock(AgentExchange.class, Answers.RETURNS_DEEP_STUBS)));
		assertThat(refusal.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
		assertThat(refusal.isRetryable()).isTrue();
		assertThat(refusal.isNotRun()).isFalse();
	}

}
