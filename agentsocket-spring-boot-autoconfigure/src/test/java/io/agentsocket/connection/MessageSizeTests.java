package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of how many frames go into a message.
 */
class MessageSizeTests {

	private final Pair pair = new Pair().connect();

	@AfterEach
	void nothingIsLeft() {
		this.pair.assertClean();
	}

	private static <F extends Frame> List<Integer> counts(MemoryTransport side, Class<F> type) {
		List<Integer> counts = new ArrayList<>();
		for (Bytes message : side.written) {
			FrameReader reader = new FrameReader(message, Limits.SERVER);
			int count = 0;
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				count += type.isInstance(frame) ? 1 : 0;
			}
			if (count > 0) {
				counts.add(count);
			}
		}
		return counts;
	}

	private List<Mono<String>> calls(int count) {
		List<Mono<String>> calls = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			calls.add(this.pair.client.invoke("echo").toMono(String.class));
		}
		return calls;
	}

	@Test
	void invocationsThatAreMadeAtOnceGoInQuartersOfThoseInFlight() {
		this.pair.serverActions.value("echo", (exchange) -> Mono.just("ok"));
		Flux<String> calls = Flux.merge(Flux.fromIterable(calls(64)), 64);
		this.pair.settle();
		this.pair.clientSide.written.clear();
		this.pair.serverSide.written.clear();
		List<String> answers = new ArrayList<>();
		this.pair.client.execute(() -> calls.subscribe(answers::add));
		this.pair.settle();
		assertThat(answers).hasSize(64);
		assertThat(counts(this.pair.clientSide, Frame.Invoke.class)).containsExactly(16, 16, 16, 16);
		assertThat(counts(this.pair.serverSide, Frame.Item.class)).containsExactly(16, 16, 16, 16);
	}

	@Test
	void fewInvocationsAreOneMessage() {
		this.pair.serverActions.value("echo", (exchange) -> Mono.just("ok"));
		Flux<String> calls = Flux.merge(Flux.fromIterable(calls(8)), 8);
		this.pair.settle();
		this.pair.clientSide.written.clear();
		List<String> answers = new ArrayList<>();
		this.pair.client.execute(() -> calls.subscribe(answers::add));
		this.pair.settle();
		assertThat(answers).hasSize(8);
		assertThat(counts(this.pair.clientSide, Frame.Invoke.class)).containsExactly(8);
	}

	@Test
	void whatAnswersOfOneTurnLeadToIsOneMessage() {
		this.pair.serverActions.value("echo", (exchange) -> Mono.just("ok"));
		this.pair.settle();
		List<Bytes> answers = new ArrayList<>();
		Consumer<Bytes> wire = this.pair.serverSide.onWrite;
		this.pair.serverSide.onWrite = answers::add;
		List<String> results = new ArrayList<>();
		for (Mono<String> call : calls(3)) {
			this.pair.client.execute(() -> call.then(call).subscribe(results::add));
			this.pair.settle();
		}
		assertThat(answers).hasSize(3);
		this.pair.serverSide.onWrite = wire;
		this.pair.clientSide.written.clear();
		this.pair.clientLoop
			.execute(() -> answers.forEach((message) -> this.pair.client.receive(this.pair.clientSide, message)));
		this.pair.settle();
		assertThat(results).hasSize(3);
		assertThat(counts(this.pair.clientSide, Frame.Invoke.class)).containsExactly(3);
	}

	@Test
	void itemsFillAMessage() {
		this.pair.serverActions.add("numbers", ResultShape.TEXT, false,
				(exchange) -> Flux.range(0, 1000).map((i) -> "t"));
		this.pair.settle();
		this.pair.serverSide.written.clear();
		List<String> received = new ArrayList<>();
		this.pair.client.invoke("numbers").toFlux(String.class).subscribe(received::add);
		this.pair.settle();
		assertThat(received).hasSize(1000);
		assertThat(counts(this.pair.serverSide, Frame.Item.class).get(0)).isGreaterThan(64);
		assertThat(this.pair.serverSide.written).allMatch((message) -> message.length() <= 16 * 1024);
	}

}
