package io.agentsocket.relay;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.agentsocket.Await;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Functions that saw another state than the present one. Section 8 of
 * {@code docs/function-protocol.md}.
 */
class StaleStateTests {

	private static final ActionHints IDEMPOTENT = new ActionHints(false, false, true, false, false, null);

	private final Queue<Object> results = new ConcurrentLinkedQueue<>();

	private RelayFixture pod;

	@AfterEach
	void close() throws IOException {
		this.pod.close();
	}

	private void pod(TestFunction.Behaviour behaviour, boolean idempotent) throws IOException {
		this.pod = new RelayFixture(behaviour);
		this.pod.add(this.pod.action("add", ResultShape.VALUE, idempotent ? IDEMPOTENT : ActionHints.NONE,
				StateAccess.WRITE, "cart"));
		this.pod.connect();
	}

	private ActionException call() {
		try {
			this.results.add(this.pod.client.invoke("add").toMono(Integer.class).block(RelayFixture.TIMEOUT));
			return null;
		}
		catch (ActionException ex) {
			return ex;
		}
	}

	/** As another pod does it: the version counts, and a value of its own is there. */
	private void overtake() {
		StateDocument state = this.pod.state();
		Map<String, Object> document = new LinkedHashMap<>();
		document.put("version", state.version() + 1);
		document.put("values", Map.of("cart", List.of("other" + state.version())));
		this.pod.session()
			.setAttribute(StateDocument.ATTRIBUTE, TestFunction.JSON.encodeMap(document).toUtf8())
			.block(RelayFixture.TIMEOUT);
	}

	private static Object version(TestFunction.Call call) {
		return ((Map<?, ?>) call.json().get("state")).get("version");
	}

	private static void patch(TestFunction.Call call) throws IOException {
		call.envelope("{\"result\":1,\"state\":{\"version\":" + version(call) + ",\"set\":{\"cart\":[\"mine\"]}}}");
	}

	@Test
	void functionThatHasNoticedItIsAskedThreeTimesMore() throws IOException {
		pod((call) -> call.answer(409, null, new byte[0]), false);
		ActionException error = call();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.ABORTED);
		assertThat(error.isRetryable()).isTrue();
		assertThat(error.hasMaybeRun()).isFalse();
		assertThat(this.pod.function.calls).hasSize(4);
		assertThat(this.pod.function.calls.stream().map((call) -> call.json().get("invocation")).distinct()).hasSize(1);
		Await.until(() -> this.pod.relays.writers() == 0);
	}

	@Test
	void functionIsAskedAgainWithThePresentState() throws IOException {
		pod((call) -> {
			if (version(call).equals(0)) {
				overtake();
				call.answer(409, null, new byte[0]);
			}
			else {
				patch(call);
			}
		}, false);
		assertThat(call()).isNull();
		assertThat(this.pod.function.calls.stream().map(StaleStateTests::version)).containsExactly(0, 1);
		assertThat(this.pod.state().values()).isEqualTo(Map.of("cart", List.of("mine")));
	}

	/** Nothing of a stale patch is applied. */
	@Test
	void stalePatchOfAnActionThatMustNotRunTwiceIsAborted() throws IOException {
		pod((call) -> {
			overtake();
			patch(call);
		}, false);
		ActionException error = call();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.ABORTED);
		assertThat(error.isRetryable()).isTrue();
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(this.pod.function.calls).hasSize(1);
		assertThat(this.pod.state().values()).isEqualTo(Map.of("cart", List.of("other0")));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 4 })
	void stalePatchOfAnIdempotentActionIsMadeAgain(int overtaken) throws IOException {
		pod((call) -> {
			if (((Number) version(call)).intValue() < overtaken) {
				overtake();
			}
			patch(call);
		}, true);
		ActionException error = call();
		if (overtaken <= 3) {
			assertThat(error).isNull();
			assertThat(this.results).containsExactly(1);
			assertThat(this.pod.function.calls).hasSize(overtaken + 1);
			assertThat(this.pod.state().version()).isEqualTo(overtaken + 1);
		}
		else {
			assertThat(error.errorCode()).isEqualTo(ErrorCode.ABORTED);
			assertThat(this.pod.function.calls).hasSize(4);
			assertThat(this.pod.state().values()).isEqualTo(Map.of("cart", List.of("other3")));
		}
		Await.until(() -> this.pod.relays.writers() == 0);
	}

}
