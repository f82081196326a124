package io.agentsocket.relay;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Functions as operators see them.
 */
class FunctionReportTests {

	@Test
	void countsRequestsByTheirEnds() throws IOException {
		CountDownLatch go = new CountDownLatch(1);
		try (RelayFixture pod = new RelayFixture((call) -> {
			if (call.json().get("action").equals("order.slow")) {
				go.await();
			}
			call.json("{\"ok\":true}");
		})) {
			pod.add(pod.action("order.quick", ResultShape.VALUE), pod.action("order.slow", ResultShape.VALUE))
				.connect();
			pod.client.invoke("order.quick").toMono(Object.class).block(Await.LONG);
			Disposable slow = pod.client.invoke("order.slow").toMono(Object.class).subscribe();
			Await.untilAsserted(() -> assertThat(pod.relays.reports().get(0).open()).isEqualTo(1));
			FunctionReport report = pod.relays.reports().get(0);
			assertThat(report.name()).isEqualTo("shop");
			assertThat(report.actions()).containsExactly("order.quick", "order.slow");
			assertThat(report.answered()).isEqualTo(1);
			assertThat(report.failed()).isZero();
			assertThat(report.lastFailure()).isNull();
			assertThat(report.guard()).isNull();
			slow.dispose();
			Await.untilAsserted(() -> assertThat(pod.relays.reports().get(0).open()).isZero());
			assertThat(pod.relays.reports().get(0).answered()).isEqualTo(1);
			go.countDown();
		}
	}

	@Test
	void tellsTheLatestFailureAndNoSecretOfTheAddress() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("{\"ok\":true}"))) {
			URI nowhere = URI.create("http://key:secret@127.0.0.1:1/fn/secret?code=secret");
			pod.add(RelayFixture.settings("shop", nowhere, RelayFixture.TIMES),
					new RelayedAction(pod.action("order.lost", ResultShape.VALUE).descriptor(), StateAccess.NONE,
							java.util.Set.of(), null, nowhere))
				.connect();
			assertThatExceptionOfType(ActionException.class)
				.isThrownBy(() -> pod.client.invoke("order.lost").toMono(Object.class).block(Await.LONG));
			FunctionReport report = pod.relays.reports().get(0);
			assertThat(report.url()).isEqualTo("http://127.0.0.1:1/***");
			assertThat(report.failed()).isPositive();
			assertThat(report.open()).isZero();
			assertThat(report.lastFailure()).isNotNull();
			assertThat(report.lastFailure().kind()).isEqualTo("CONNECT");
			assertThat(report.lastFailure().action()).isEqualTo("order.lost");
			assertThat(report.lastFailure().reason()).contains("refused").doesNotContain("secret");
		}
	}

	@Test
	void tellsHowTheGuardIs() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("{\"ok\":true}"))) {
			CallGuard closed = new CallGuard() {

				@Override
				public @Nullable String tryEnter() {
					return "closed for the night";
				}

				@Override
				public void leave(Result result, long nanos) {
					throw new IllegalStateException("Nobody has entered");
				}

				@Override
				public String state() {
					return "OPEN";
				}

			};
			pod.relays.add(RelayFixture.settings("shop", pod.function.url(), RelayFixture.TIMES),
					List.of(pod.action("order.quick", ResultShape.VALUE)), null, closed, UnaryOperator.identity());
			pod.connect();
			assertThatExceptionOfType(ActionException.class)
				.isThrownBy(() -> pod.client.invoke("order.quick").toMono(Object.class).block(Await.LONG));
			FunctionReport report = pod.relays.reports().get(0);
			assertThat(report.guard()).isEqualTo("OPEN");
			assertThat(report.refused()).isPositive();
			assertThat(report.failed()).isZero();
			assertThat(pod.function.calls).isEmpty();
		}
	}

}
