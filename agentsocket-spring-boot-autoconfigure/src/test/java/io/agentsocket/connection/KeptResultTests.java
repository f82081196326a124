package io.agentsocket.connection;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A known idempotency key is answered before the deadline is looked at, and with what the
 * credit of the repeated call allows.
 */
class KeptResultTests {

	private final AtomicInteger runs = new AtomicInteger();

	private RawPeer raw;

	private int id = -1;

	@BeforeEach
	void start() {
		this.raw = new RawPeer(Role.SERVER).attach();
		this.raw.actions.value("value", (exchange) -> Mono.just(this.runs.incrementAndGet()));
		this.raw.actions.value("failing", (exchange) -> {
			this.runs.incrementAndGet();
			return Mono.error(new ActionException(ErrorCode.OUT_OF_RANGE, "Too far"));
		});
		this.raw.actions.add("nothing", ResultShape.NONE, false, (exchange) -> {
			this.runs.incrementAndGet();
			return Flux.empty();
		});
		this.raw.actions.value("hanging", (exchange) -> {
			this.runs.incrementAndGet();
			return Mono.never();
		});
	}

	private RawPeer invoke(String name, long deadline, long credit) {
		this.id += 2;
		Metadata metadata = new Metadata(0, deadline, "k", null, credit, null, null, null, 0);
		return this.raw.send(new Frame.Invoke(this.id, true, Frame.Ref.name(name),
				this.raw.codec.encodeMetadata(metadata), Bytes.EMPTY));
	}

	@ParameterizedTest
	@ValueSource(strings = { "value", "failing", "nothing" })
	void isTheAnswerAlsoAfterTheDeadline(String name) {
		Frame first = invoke(name, -1, -1).only(Frame.class);
		Frame kept = invoke(name, 0, -1).only(Frame.class);
		assertThat(kept.streamId()).isEqualTo(this.id);
		assertThat(Frames.withStream(kept, first.streamId())).isEqualTo(first);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void isMissingForACallThatRunsAlsoAfterTheDeadline() {
		invoke("hanging", -1, -1);
		invoke("hanging", 0, -1);
		Frame.Error error = this.raw.only(Frame.Error.class);
		assertThat(error.code()).isEqualTo(ErrorCode.ALREADY_EXISTS.code());
		assertThat(error.mayHaveRun()).isTrue();
		invoke("value", 0, -1);
		error = this.raw.only(Frame.Error.class);
		assertThat(error.code()).isEqualTo(ErrorCode.ALREADY_EXISTS.code());
		assertThat(this.runs).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "failing", "nothing" })
	void costsNoCreditIfItIsNoItem(String name) {
		Frame first = invoke(name, -1, -1).only(Frame.class);
		Frame kept = invoke(name, -1, 0).only(Frame.class);
		assertThat(Frames.withStream(kept, first.streamId())).isEqualTo(first);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void isNotSentWithoutCreditIfItIsAnItem() {
		invoke("value", -1, -1).only(Frame.Item.class);
		Frame.Error error = invoke("value", -1, 0).only(Frame.Error.class);
		assertThat(error.code()).isEqualTo(ErrorCode.ALREADY_EXISTS.code());
		assertThat(error.mayHaveRun()).isTrue();
		Frame.Item kept = invoke("value", -1, 1).only(Frame.Item.class);
		assertThat(kept.end()).isTrue();
		assertThat(this.runs).hasValue(1);
	}

}
