package io.agentsocket.mcp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Encoded;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Results of actions as MCP carries them: the same as over a socket.
 */
class ResultSubscriberTests {

	private static final String PAIR = "\uD83D\uDE00";

	private final List<String> items = new ArrayList<>();

	private volatile @Nullable String result;

	private volatile @Nullable Throwable failure;

	private void run(ResultShape shape, Object... results) {
		run(shape, Flux.fromArray(results));
	}

	private void run(ResultShape shape, Flux<?> results) {
		Action action = Action.named("some").result(shape).handler((exchange) -> Mono.empty());
		ResultSubscriber subscriber = new ResultSubscriber(action, JacksonCodec.json(), 1000, false, Context.empty(),
				new ResultSubscriber.Owner() {

					@Override
					public boolean item(int count, int collected, Bytes text) {
						ResultSubscriberTests.this.items.add(text.toUtf8());
						return true;
					}

					@Override
					public void completed(Bytes members) {
						ResultSubscriberTests.this.result = members.toUtf8();
					}

					@Override
					public void failed(Throwable error) {
						ResultSubscriberTests.this.failure = error;
					}

				});
		subscriber.begin(results);
	}

	@Test
	void cutsOfATextHaveNoMeaning() {
		run(ResultShape.TEXT, "a" + PAIR.charAt(0), PAIR.charAt(1) + "b");
		assertThat(this.failure).isNull();
		assertThat(this.items).containsExactly("\"a\"", "\"" + PAIR + "b\"");
		assertThat(this.result).contains("\"text\":\"a" + PAIR + "b\"");
	}

	@Test
	void halfOfACharacterFailsWhereverItIs() {
		for (Object[] pieces : new Object[][] { { "a" + PAIR.charAt(0) }, { "a" + PAIR.charAt(0), "b" },
				{ PAIR.charAt(1) + "b" } }) {
			this.failure = null;
			this.result = null;
			run(ResultShape.TEXT, pieces);
			assertThat(this.failure).isInstanceOf(IllegalStateException.class);
			assertThat(this.result).isNull();
		}
	}

	/** A function has written them, and they are passed on. */
	@Test
	void encodedResultsArePassedOn() {
		run(ResultShape.TEXT, new Encoded(Bytes.utf8("Once ")), new Encoded(Bytes.utf8("upon")));
		assertThat(this.result).contains("\"text\":\"Once upon\"");
		run(ResultShape.BYTES, new Encoded(Bytes.utf8("abc")));
		assertThat(this.result).contains(Base64.getEncoder().encodeToString(new byte[] { 'a', 'b', 'c' }));
		run(ResultShape.ITEMS, new Encoded(Bytes.utf8("1")), new Encoded(Bytes.utf8("2")));
		assertThat(this.result).contains("[1,2]");
		assertThat(this.failure).isNull();
	}

	@Test
	void bytesAreTakenInAllTheirClasses() {
		run(ResultShape.BYTES, ByteBuffer.wrap(new byte[] { 'a' }), new byte[] { 'b' }, Bytes.utf8("c"));
		assertThat(this.result).contains(Base64.getEncoder().encodeToString(new byte[] { 'a', 'b', 'c' }));
	}

	/** Reactor signals nothing of such an error, and the call would wait for its end. */
	@Test
	void errorOfTheJvmOnAnotherThreadEndsTheCall() {
		for (ResultShape shape : List.of(ResultShape.VALUE, ResultShape.ITEMS)) {
			this.failure = null;
			run(shape, Flux.just(1).publishOn(Schedulers.parallel()).doOnNext((item) -> {
				throw new StackOverflowError();
			}));
			Await.until("the failure", () -> this.failure != null);
			assertThat(this.failure).isInstanceOf(StackOverflowError.class);
		}
	}

}
