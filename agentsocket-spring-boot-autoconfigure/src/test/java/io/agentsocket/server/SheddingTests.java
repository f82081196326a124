package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.bounds.IncomingBytes;
import io.agentsocket.server.bounds.InvocationRates;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.server.bounds.SessionBounds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The steps in which a pod lets go of what it has, as its memory is used up, in the order
 * of the documents.
 */
class SheddingTests {

	private static final int MEMORY = 10_000_000;

	private static final int LARGE = 5000;

	private static final int SMALL = 100;

	private static PodBounds.Sizes sizes() {
		return new PodBounds.Sizes(1000, 1000, 1000, Duration.ofSeconds(1), 1000, 1000, 1000, 1000, MEMORY, MEMORY);
	}

	@ParameterizedTest
	@CsvSource({ "60, true, true, true, true", "75, true, true, true, true", "85, false, true, false, true",
			"96, false, false, false, false" })
	void refusesMoreAndMoreAsMemoryIsUsed(int percent, boolean largeCall, boolean smallCall, boolean payload,
			boolean result) {
		PodBounds pod = new PodBounds(sizes(), InvocationRates.UNBOUNDED);
		SessionBounds session = new SessionBounds(pod, pod.none(), () -> 0);
		pod.memory().add(MEMORY / 100L * percent);
		assertAnswer(session.refusal("a", LARGE, 0, 0), largeCall);
		assertAnswer(session.refusal("a", SMALL, 0, 0), smallCall);
		assertThat(session.mayHold(0, LARGE)).isEqualTo(payload);
		assertThat(session.mayQueue(0, LARGE)).isEqualTo(result);
		IncomingBytes request = IncomingBytes.ofRequest(pod);
		assertThat(request.take(SMALL)).isEqualTo(smallCall);
		assertThat(request.take(LARGE)).isEqualTo(payload);
		request.close();
		IncomingBytes answer = IncomingBytes.ofResult(pod);
		assertThat(answer.take(SMALL)).isEqualTo(result);
		assertThat(answer.take(LARGE)).isEqualTo(result);
		answer.close();
		long refused = (largeCall ? 0 : 1) + 2 * (smallCall ? 0 : 1) + 2 * (payload ? 0 : 1) + 3 * (result ? 0 : 1);
		assertThat(pod.refusals().total(Refusal.MEMORY)).isEqualTo(refused);
	}

	private static void assertAnswer(@Nullable ActionException refusal, boolean runs) {
		if (runs) {
			assertThat(refusal).isNull();
			return;
		}
		assertThat(refusal).isNotNull();
		assertThat(refusal.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED.code());
		assertThat(refusal.isRetryable()).isTrue();
		assertThat(refusal.retryAfter()).isPresent();
	}

	@Test
	void sessionsWithoutAConnectionEndFirstAndThoseWithOneThatHoldMost() throws Exception {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.idleTimeout(Await.LONG)
			.bounds(ServerBounds.builder().memory(MEMORY).sessionMemory(MEMORY).build())
			.build();
		Action never = Action.named("never").handler((exchange) -> Mono.never());
		try (TestServer server = new TestServer(settings, (builder) -> {
		}, never); RawCaller most = new RawCaller(server).open(); RawCaller less = new RawCaller(server).open()) {
			RawCaller detached = new RawCaller(server).open();
			detached.invoke("never", 10_000);
			for (int i = 0; i < 70; i++) {
				most.invoke("never", 15_000);
			}
			Await.until(() -> server.server().operators().load().served() == 71);
			Await.until(() -> server.server().bounds().memory().used() > 70 * 2 * 15_000);
			detached.close();
			Await.until(() -> server.server().operators().load().detached() == 1);
			// 80 %: what is left is of those that are connected.
			long used = server.server().bounds().memory().used();
			long pressed = MEMORY / 100 * 82 - used;
			server.server().bounds().memory().add(pressed);
			Await.until(() -> ended(server, Refusal.ENDED_DETACHED) == 1);
			Await.until(() -> server.server().sessions().size() == 2);
			assertThat(ended(server, Refusal.ENDED_ATTACHED)).isZero();
			// 95 %: the one that holds most goes, and that is enough.
			long more = MEMORY / 100 * 96 - server.server().bounds().memory().used();
			server.server().bounds().memory().add(more);
			assertThat(RawAgent.closeCode(most.socket())).isEqualTo(CloseCode.OVERLOADED.code());
			Await.until(() -> server.server().sessions().size() == 1);
			assertThat(ended(server, Refusal.ENDED_ATTACHED)).isEqualTo(1);
			server.server().bounds().memory().add(-pressed - more);
			less.end();
			Await.until(() -> server.server().bounds().isUnused());
		}
	}

	private static long ended(TestServer server, Refusal reason) {
		return server.server().bounds().refusals().total(reason);
	}

}
