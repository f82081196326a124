package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.Asker;
import io.agentsocket.action.ResultShape;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * A session that is reset while a step is on its way to the store, and that another pod
 * takes over right then: nothing of the log before may reach the agent any more.
 */
class ResetAndMoveTests {

	private static final ActionException RESET = new ActionException(ErrorCode.SESSION_RESET, "reset").mayHaveRun();

	private static final ActionHints IDEMPOTENT = new ActionHints(false, false, true, false, false, null);

	private static final Codec CBOR = JacksonCodec.cbor();

	private final ManualLoop loop = new ManualLoop();

	private final ManualTimer timer = new ManualTimer(this.loop);

	private final Actions actions = new Actions();

	private final Storage storage = new Storage();

	private final Peer peer = new Peer(new PeerSettings(Role.SERVER, CBOR, Limits.SERVER, session(), this.actions,
			new RecordingListener(), List.of(), this.timer, TestPeers.KEEPALIVE, Duration.ofSeconds(10),
			Duration.ofSeconds(60), ActionCatalog::new, new Asker(TypeSchemas.NONE, Asker.TIMEOUT), this.storage));

	private MemoryTransport transport = new MemoryTransport(this.loop, false);

	private static AgentSession session() {
		AgentSession session = mock(AgentSession.class);
		given(session.id()).willReturn("s");
		return session;
	}

	private void settle() {
		for (int i = 0; this.loop.runOne(); i++) {
			assertThat(i).isLessThan(100_000);
		}
	}

	private void attach() {
		this.transport = new MemoryTransport(this.loop, false);
		this.peer.attach(new Peer.Attachment(this.transport, Limits.CLIENT, Bytes.EMPTY, 0, TestPeers.KEEPALIVE,
				Context.empty()));
		settle();
	}

	private void receive(Frame frame) {
		FrameWriter writer = new FrameWriter(64);
		writer.write(frame, true);
		this.peer.receive(this.transport, writer.take());
		settle();
	}

	private void reset() {
		this.peer.detached(this.transport, 1006);
		this.peer.reset(RESET, "log2", true);
		settle();
	}

	/** Another pod has the session: the step that is underway is refused. */
	private void move() {
		this.storage.underway.remove().tryEmitError(new FencedException(2));
		settle();
	}

	private void confirmAll() {
		while (!this.storage.underway.isEmpty()) {
			this.storage.underway.remove().tryEmitEmpty();
			settle();
		}
	}

	@Test
	void eventsOfTheLogBeforeAreNotSentAgain() {
		attach();
		confirmAll();
		this.peer.sendEvent("old", null);
		settle();
		assertThat(this.storage.commits.get(this.storage.commits.size() - 1).appended()).hasSize(1);
		reset();
		this.peer.sendEvent("new", null);
		settle();
		move();
		assertThat(this.storage.pushed()).containsExactly("EVENT new");
	}

	@Test
	void eventsThatWereNotStoredAreSentAgainWithoutAReset() {
		attach();
		confirmAll();
		this.peer.sendEvent("old", null);
		settle();
		move();
		assertThat(this.storage.pushed()).containsExactly("EVENT old");
	}

	@Test
	void callOfTheNewLogIsNotTakenForOneOfTheLogBefore() {
		Sinks.One<String> answer = Sinks.one();
		List<String> ran = new ArrayList<>();
		this.actions.add("first", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> Mono.never());
		this.actions.add("second", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> {
			ran.add("second");
			return answer.asMono().doOnCancel(() -> ran.add("cancelled"));
		});
		attach();
		receive(RawPeer.invoke(1, "first"));
		confirmAll();
		this.peer.sendEvent("old", null);
		settle();
		assertThat(this.storage.underway).hasSize(1);
		reset();
		attach();
		receive(RawPeer.invoke(1, "second"));
		assertThat(ran).containsExactly("second");
		move();
		// The owner knows stream 1 as a call of the log before, if it knows it at all.
		assertThat(ran).containsExactly("second", "cancelled");
		answer.tryEmitValue("done");
		settle();
		assertThat(this.storage.pushed()).isEmpty();
	}

	@Test
	void callOfTheNewLogIsKnownOnceItsStepIsStored() {
		Sinks.One<String> answer = Sinks.one();
		this.actions.add("first", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> Mono.never());
		this.actions.add("second", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> answer.asMono());
		attach();
		receive(RawPeer.invoke(1, "first"));
		confirmAll();
		reset();
		attach();
		receive(RawPeer.invoke(1, "second"));
		confirmAll();
		Commit reset = this.storage.commits.stream().filter((step) -> step.newLog() != null).findFirst().orElseThrow();
		assertThat(reset.newLog()).isEqualTo("log2");
		this.peer.ownership().moved(2);
		settle();
		answer.tryEmitValue("done");
		settle();
		assertThat(this.storage.pushed()).containsExactly("DATA 1");
	}

	private static final class Storage implements PeerStorage {

		private final List<Commit> commits = new ArrayList<>();

		private final ArrayDeque<Sinks.Empty<Void>> underway = new ArrayDeque<>();

		private final List<Bytes> messages = new ArrayList<>();

		@Override
		public String owner() {
			return "a/1";
		}

		@Override
		public boolean isStrict() {
			return false;
		}

		@Override
		public Mono<Void> commit(Commit commit) {
			Sinks.Empty<Void> outcome = Sinks.empty();
			this.commits.add(commit);
			this.underway.add(outcome);
			return outcome.asMono();
		}

		@Override
		public Mono<Inbox> pull() {
			return Mono.just(new Inbox(0, List.of()));
		}

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.messages.add(message);
			return Mono.empty();
		}

		@Override
		public Mono<Void> wake(Bytes wake) {
			return Mono.empty();
		}

		@Override
		public void send(String to, PodMessage.Type type, Bytes body) {
			throw new IllegalStateException("There are no other peers: " + Map.of(to, type));
		}

		/** What was brought to the owner. */
		private List<String> pushed() {
			List<String> frames = new ArrayList<>();
			for (Bytes message : this.messages) {
				Packed.Reader reader = new Packed.Reader(message);
				reader.text();
				reader.number();
				while (reader.hasMore()) {
					Frame frame = reader.frame();
					frames.add(frame.type() + " "
							+ ((frame instanceof Frame.Event event) ? event.ref().name() : frame.streamId()));
				}
			}
			return frames;
		}

	}

}
