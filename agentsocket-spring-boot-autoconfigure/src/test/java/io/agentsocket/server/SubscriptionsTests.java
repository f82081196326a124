package io.agentsocket.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Agents that subscribe to more than they take, or with lists that nobody needs.
 */
class SubscriptionsTests {

	private static final String NEWS = "news";

	private final TestServer server = TestServer.with();

	private final AgentSocketOperations operations = new AgentSocketOperations(this.server.server());

	@AfterEach
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "add", "remove" })
	void aListOfTooManyNamesIsOneMistake(String list) {
		AgentSocketClient client = AgentSocketClient.builder(this.server.uri()).build();
		List<Integer> wrong = IntStream.range(0, 100_000).boxed().toList();
		try {
			ActionException error = catchThrowableOfType(ActionException.class,
					() -> client.invoke(Names.SUBSCRIBE)
						.arguments(Map.of(list, wrong))
						.toMono(Map.class)
						.block(Await.LONG));
			assertThat(error.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(error.violations())
				.containsExactly(new Violation("/" + list, "maxItems", "expected at most 256 names"));
		}
		finally {
			client.close().block(Await.LONG);
		}
	}

	/** A session of an agent that accepts items of 1 KiB, with a subscription. */
	private RawSocket subscribed() throws InterruptedException {
		Limits usual = Limits.CLIENT;
		Limits limits = new Limits(usual.message(), 1024, 1024, usual.assembly(), usual.streams(), usual.items(),
				usual.window(), usual.aliases(), usual.name(), 1024, usual.depth());
		RawSocket socket = new RawSocket(this.server.port(), "agentsocket.v1.cbor");
		socket.send(RawAgent.hello(null, limits));
		RawAgent.welcome(socket);
		socket.send(RawAgent.message(new Frame.Invoke(1, true, Frame.Ref.alias(Names.SUBSCRIBE_ALIAS), Bytes.EMPTY,
				JacksonCodec.cbor().encode(Map.of("add", List.of(NEWS))))));
		boolean answered = false;
		while (!answered) {
			FrameReader frames = new FrameReader(Bytes.of(RawAgent.next(socket)), Limits.CLIENT);
			for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
				answered |= frame instanceof Frame.Item item && item.streamId() == 1;
			}
		}
		return socket;
	}

	@Test
	void eventsThatAnAgentDoesNotTakeAreCountedAndOneLine() throws InterruptedException {
		List<RawSocket> agents = new ArrayList<>();
		try (LogLines lines = LogLines.of(UnsentEvents.class, Level.WARN)) {
			agents.add(subscribed());
			agents.add(subscribed());
			for (int i = 0; i < 50; i++) {
				assertThat(this.operations.publish(NEWS, "x".repeat(1024))).isZero();
			}
			assertThat(lines.texts()).singleElement().asString().contains(NEWS, "exceeds what the other side accepts");
			assertThat(this.server.server().operators().unsentEvents()).isEqualTo(100);
			assertThat(this.operations.publish(NEWS, "x")).isEqualTo(2);
			assertThat(this.server.server().operators().unsentEvents()).isEqualTo(100);
		}
		finally {
			agents.forEach(RawSocket::close);
		}
	}

}
