package io.agentsocket.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.transport.FunctionRequest;
import io.agentsocket.relay.transport.NettyTransport;
import io.agentsocket.relay.transport.RequestTiming;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.netty.resources.ConnectionProvider;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Answers of functions to somebody who takes their parts one by one.
 */
class NettyTransportTests {

	/** Two items, and one that is the last: all in one chunk. */
	private static final byte[] ITEMS = HexFormat.of().parseHex("4a0101374a0101374b010138");

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private final ConnectionProvider pool = ConnectionProvider.create("parts", 1);

	@AfterEach
	void close() {
		this.pool.disposeLater().block(Await.LONG);
	}

	private Flux<AnswerPart> answer(TestFunction function) {
		NettyTransport transport = new NettyTransport(this.pool, Await.LONG, null, UnaryOperator.identity(),
				this.timer);
		Answers answers = new Answers(RelayFixture.codecs(), JacksonCodec.cbor(), ResultShape.ITEMS, 1000);
		return transport.exchange(
				new FunctionRequest(function.url(), Map.of(), Bytes.utf8("{}"), Await.LONG, Await.LONG, Await.LONG),
				answers::decoder, new RequestTiming());
	}

	@Test
	void partsBeforeTheEndAreKeptHoweverLateTheyAreTaken() throws IOException {
		try (TestFunction function = new TestFunction((call) -> call.stream(Answers.FRAMES).chunk(ITEMS).end())) {
			StepVerifier.create(answer(function), 1)
				.expectNextMatches(AnswerPart.Item.class::isInstance)
				.then(() -> this.timer.advanceTimeBy(Duration.ofSeconds(1)))
				.thenRequest(Long.MAX_VALUE)
				.expectNextMatches(AnswerPart.Item.class::isInstance)
				.expectNextMatches(AnswerPart.Item.class::isInstance)
				.expectNextMatches(AnswerPart.End.class::isInstance)
				.expectComplete()
				.verify(Await.LONG);
		}
	}

	/** The end of the body does not come, and is not waited for. */
	@Test
	void answerEndsWithItsEnd() throws IOException {
		try (TestFunction function = new TestFunction((call) -> {
			call.stream(Answers.FRAMES).chunk(ITEMS);
			Await.until(() -> call.socket().isClosed());
		})) {
			StepVerifier.create(answer(function), 3)
				.expectNextCount(3)
				.then(() -> this.timer.advanceTimeBy(Duration.ofSeconds(1)))
				.thenRequest(1)
				.expectNextMatches(AnswerPart.End.class::isInstance)
				.expectComplete()
				.verify(Await.LONG);
		}
	}

}
