package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.ManualLoop;
import io.agentsocket.connection.loop.ManualTimer;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.connection.takeover.RecordFormat;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.connection.takeover.RunnerLane;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.StoredSession;
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

	private final RunnerLane lane = new RunnerLane();

	private long messages;

	private final RecordingListener listener = new RecordingListener();

	private final Peer peer = new Peer(PeerSettings.builder(Role.SERVER, CBOR, session())
		.actions(this.actions)
		.listener(this.listener)
		.timer(this.timer)
		.storage(this.storage)
		.build());

	private MemoryTransport transport = new MemoryTransport(this.loop, false);

	private static AgentSession session() {
		AgentSession session = mock(AgentSession.class);
		given(session.id()).willReturn("s");
		return session;
	}

	private void settle() {
		run();
		// Steps that nobody waits for begin a little later.
		this.timer.advance(Duration.ofMillis(10), this::run);
	}

	private void run() {
		for (int i = 0; this.loop.runOne(); i++) {
			assertThat(i).isLessThan(100_000);
		}
	}

	private void attach() {
		this.transport = new MemoryTransport(this.loop, false);
		this.peer.attach(
				new Attachment(this.transport, Limits.CLIENT, Bytes.EMPTY, 0, TestPeers.KEEP_ALIVE, Context.empty()));
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
		this.peer.events().send("old", null);
		settle();
		assertThat(this.storage.commits.get(this.storage.commits.size() - 1).appended()).hasSize(1);
		reset();
		this.peer.events().send("new", null);
		settle();
		move();
		assertThat(this.storage.pushed()).containsExactly("EVENT new");
	}

	@Test
	void eventsThatWereNotStoredAreSentAgainWithoutAReset() {
		attach();
		confirmAll();
		this.peer.events().send("old", null);
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
		this.peer.events().send("old", null);
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
		this.peer.otherPods().moved(2);
		settle();
		answer.tryEmitValue("done");
		settle();
		assertThat(this.storage.pushed()).containsExactly("DATA 1");
	}

	@Test
	void followerSaysNothingMoreOfTheLogBefore() {
		Sinks.One<String> first = Sinks.one();
		Sinks.One<String> second = Sinks.one();
		List<String> ran = new ArrayList<>();
		this.actions.add("first", ResultShape.VALUE, false, IDEMPOTENT,
				(exchange) -> first.asMono().doOnCancel(() -> ran.add("cancelled")));
		this.actions.add("second", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> second.asMono());
		this.peer.otherPods().follow(Limits.CLIENT);
		settle();
		fromOwner(Frames.log("one"), RawPeer.invoke(1, "first"));
		// The owner tells of the reset ahead of everything else.
		fromOwner(Frames.log("two"), new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		assertThat(ran).containsExactly("cancelled");
		fromOwner(Frames.log("two"), RawPeer.invoke(1, "second"));
		first.tryEmitValue("late");
		settle();
		assertThat(this.storage.pushed()).isEmpty();
		second.tryEmitValue("done");
		settle();
		assertThat(this.storage.pushed()).containsExactly("DATA 1");
		assertThat(this.storage.logs()).containsExactly("two");
	}

	private void fromOwner(Frame... frames) {
		RecordFormat.Writer writer = new RecordFormat.Writer();
		for (Frame frame : frames) {
			writer.number(0).frame(frame);
		}
		this.peer.otherPods()
			.framesFromOwner("c/1",
					this.lane.next(++this.messages, new RunnerLane.Place("c/1", this.messages), writer.take()).body());
		settle();
	}

	@Test
	void ownerTakesNothingOfAFollowerForTheLogBefore() {
		this.actions.add("theirs", ResultShape.VALUE, false, ActionHints.NONE, new RemoteAction("b/2", Map.of()));
		attach();
		receive(RawPeer.invoke(1, "theirs"));
		confirmAll();
		this.peer.detached(this.transport, 1006);
		this.peer.reset(RESET, "log2", true);
		settle();
		confirmAll();
		attach();
		receive(RawPeer.invoke(1, "theirs"));
		confirmAll();
		this.storage.inbox.add(answer(1, "", "old"));
		this.storage.inbox.add(answer(2, "log2", "new"));
		this.peer.otherPods().woken("b/2", new RecordFormat.Writer().number(2).text("").number(0).number(0).take());
		settle();
		confirmAll();
		List<Frame> items = frames().filter((frame) -> frame instanceof Frame.Item).toList();
		assertThat(items).containsExactly(RawPeer.text(1, "new", true));
		assertThat(this.storage.sent).contains("FRAMES b/2");
	}

	@Test
	void followerDropsEventsOfCallsThatAResetHasStopped() {
		List<AgentExchange> stopped = new ArrayList<>();
		this.actions.add("first", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> {
			stopped.add(exchange);
			exchange.sendEvent("pushed", null);
			return Mono.never();
		});
		this.actions.add("done", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> {
			exchange.sendEvent("ended", null);
			return Mono.just("done");
		});
		this.peer.otherPods().follow(Limits.CLIENT);
		settle();
		Sinks.Empty<Void> arrived = Sinks.empty();
		this.storage.pushing = arrived.asMono();
		fromOwner(Frames.log("one"), RawPeer.invoke(1, "first"));
		fromOwner(RawPeer.invoke(3, "done"));
		stopped.get(0).sendEvent("queued", null);
		this.peer.events().send("session", null);
		settle();
		assertThat(this.storage.pushed()).containsExactly("EVENT pushed");
		fromOwner(Frames.log("two"));
		stopped.get(0).sendEvent("late", null);
		arrived.tryEmitEmpty();
		settle();
		assertThat(this.storage.pushed()).containsExactly("EVENT pushed", "EVENT session");
		assertThat(this.storage.frames()).extracting((frame) -> ((Frame.Event) frame).metadata().isEmpty())
			.containsExactly(false, true);
	}

	/** Its actions of the session are there after the reset, too. */
	@Test
	void followerDropsSubscriptionsOfTheLogBefore() {
		this.peer.otherPods().follow(Limits.CLIENT);
		settle();
		fromOwner(Frames.log("one"));
		Sinks.Empty<Void> arrived = Sinks.empty();
		this.storage.pushing = arrived.asMono();
		this.peer.otherPods().announce("first", Bytes.utf8("x"));
		settle();
		this.peer.otherPods().announce(Names.SUBSCRIBE, Bytes.utf8("x"));
		this.peer.otherPods().announce("second", Bytes.utf8("x"));
		settle();
		fromOwner(Frames.log("two"));
		this.peer.otherPods().announce(Names.SUBSCRIBE, Bytes.utf8("present"));
		arrived.tryEmitEmpty();
		settle();
		assertThat(this.storage.frames()).extracting((frame) -> ((Frame.Define) frame).name())
			.containsExactly("first", "second", Names.SUBSCRIBE);
		assertThat(this.storage.logs()).containsExactly("one", "two");
	}

	@Test
	void ownerTakesNoSubscriptionsOfAFollowerForTheLogBefore() {
		attach();
		confirmAll();
		reset();
		confirmAll();
		attach();
		say(said(1, "", define(Names.SUBSCRIBE), define("theirs")), said(2, "log2", define(Names.SUBSCRIBE)));
		assertThat(this.listener.announced).containsExactly("theirs of b/2", Names.SUBSCRIBE + " of b/2");
	}

	private static Frame define(String name) {
		return new Frame.Define(0, name, Bytes.EMPTY, Bytes.utf8("x"));
	}

	@Test
	void ownerSendsNoEventOfItsOwnCallsThatAResetHasStopped() {
		List<AgentExchange> stopped = new ArrayList<>();
		this.actions.add("first", ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> {
			stopped.add(exchange);
			return Mono.never();
		});
		attach();
		receive(RawPeer.invoke(1, "first"));
		confirmAll();
		reset();
		confirmAll();
		attach();
		stopped.get(0).sendEvent("late", null);
		this.peer.events().send("new", null);
		settle();
		confirmAll();
		assertThat(frames().filter((frame) -> frame instanceof Frame.Event)).hasSize(1);
	}

	@Test
	void ownerTakesNeitherEventNorQuestionOfACallThatAResetHasStopped() {
		this.actions.add("theirs", ResultShape.VALUE, false, ActionHints.NONE, new RemoteAction("b/2", Map.of()));
		attach();
		receive(RawPeer.invoke(1, "theirs"));
		confirmAll();
		reset();
		confirmAll();
		attach();
		Bytes nested = CBOR.encodeMetadata(new Metadata(1, -1, null, null, -1, null, null, null, 1));
		this.storage.inbox.add(said(1, "", event("stopped", true), event("kept", false), ask(2, nested)));
		this.storage.inbox.add(said(2, "", part(4), ask(4, nested), ask(6, Bytes.EMPTY)));
		this.storage.inbox.add(said(3, "log2", event("present", true), ask(8, nested)));
		this.peer.otherPods().woken("b/2", new RecordFormat.Writer().number(3).text("").number(0).number(0).take());
		settle();
		confirmAll();
		assertThat(frames().filter((frame) -> frame instanceof Frame.Event event && event.metadata().isEmpty()))
			.hasSize(2);
		assertThat(frames().filter((frame) -> frame instanceof Frame.Event)).hasSize(2);
		assertThat(frames().filter((frame) -> frame instanceof Frame.Invoke)).hasSize(2);
		assertThat(frames().filter((frame) -> frame instanceof Frame.Part)).isEmpty();
	}

	/** A peer that has taken over from one that has reset the session. */
	private void takeOver(Map<String, Bytes> more) {
		Map<String, Bytes> records = new HashMap<>(more);
		records.put("g", Bytes.utf8("log2"));
		this.peer.otherPods().restore(new StoredSession(9, 0, 0, 0, List.of(), records, 0));
		settle();
		attach();
		confirmAll();
	}

	private void say(Bytes... messages) {
		this.storage.inbox.addAll(List.of(messages));
		int number = this.storage.inbox.size();
		this.peer.otherPods()
			.woken("b/2", new RecordFormat.Writer().number(number).text("").number(0).number(0).take());
		settle();
		confirmAll();
	}

	@Test
	void nextOwnerTakesNoLargeQuestionOfACallThatAResetHasStopped() {
		takeOver(Map.of());
		Bytes nested = CBOR.encodeMetadata(new Metadata(1, -1, null, null, -1, null, null, null, 1));
		// Nothing in a part tells which call it belongs to.
		say(said(1, "", part(4)));
		assertThat(frames().filter((frame) -> frame instanceof Frame.Part)).hasSize(1);
		int steps = this.storage.commits.size();
		say(said(2, "", ask(4, nested)));
		assertThat(frames().filter((frame) -> frame instanceof Frame.Invoke)).isEmpty();
		assertThat(frames().filter((frame) -> frame instanceof Frame.Error)).singleElement()
			.isInstanceOfSatisfying(Frame.Error.class,
					(error) -> assertThat(error.code()).isEqualTo(ErrorCode.CANCELLED.code()));
		// The one who asks hears of it.
		assertThat(this.storage.commits.subList(steps, this.storage.commits.size()))
			.anyMatch((step) -> step.records().keySet().stream().anyMatch((key) -> key.startsWith("d")));
		assertThat(this.storage.sent).contains("FRAMES b/2");
		// A call that belongs to none goes on, large or not.
		say(said(3, "", part(6)), said(4, "", ask(6, Bytes.EMPTY)));
		assertThat(frames().filter((frame) -> frame instanceof Frame.Invoke)).hasSize(1);
	}

	@Test
	void nextOwnerSendsNoCallWhoseFirstPartsWentWithTheLogBefore() {
		attach();
		confirmAll();
		say(said(1, "", part(4)));
		ResetAndMoveTests next = new ResetAndMoveTests();
		next.takeOver(Map.of("qb/2", this.storage.record("qb/2")));
		next.say(said(1, "", part(4)), said(2, "", ask(4, Bytes.EMPTY)), said(3, "", ask(6, Bytes.EMPTY)));
		assertThat(next.frames().filter((frame) -> frame instanceof Frame.Part)).isEmpty();
		assertThat(next.frames().filter((frame) -> frame instanceof Frame.Invoke)).hasSize(1);
	}

	@Test
	void nextOwnerSendsNoRestOfACallThatHasLeftInPart() {
		takeOver(Map.of("i", new RecordFormat.Writer().number(1).number(1).number(0).take()));
		say(said(1, "", part(4), part(4), ask(4, Bytes.EMPTY), ask(6, Bytes.EMPTY)));
		assertThat(frames().filter((frame) -> frame instanceof Frame.Part)).isEmpty();
		assertThat(frames().filter((frame) -> frame instanceof Frame.Invoke)).hasSize(1);
	}

	private static Frame part(int id) {
		return new Frame.Part(id, Bytes.of(new byte[] { 1 }));
	}

	private static Frame event(String name, boolean ofCall) {
		return new Frame.Event(Frame.Ref.name(name), ofCall ? Bytes.of(new byte[] { 1 }) : Bytes.EMPTY, Bytes.EMPTY);
	}

	private static Frame ask(int id, Bytes metadata) {
		return new Frame.Invoke(id, true, Frame.Ref.name("ask"), metadata, Bytes.EMPTY);
	}

	private static Bytes said(long number, String log, Frame... frames) {
		RecordFormat.Writer writer = new RecordFormat.Writer().text("b/2").number(number).text(log);
		for (Frame frame : frames) {
			writer.frame(frame);
		}
		return writer.take();
	}

	private static Bytes answer(long number, String log, String text) {
		return new RecordFormat.Writer().text("b/2").number(number).text(log).frame(RawPeer.text(1, text, true)).take();
	}

	private java.util.stream.Stream<Frame> frames() {
		List<Frame> frames = new ArrayList<>();
		for (Bytes message : this.transport.written) {
			FrameReader reader = new FrameReader(message, Limits.CLIENT);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				frames.add(frame);
			}
		}
		return frames.stream();
	}

	private static final class Storage implements PeerStorage {

		private final List<Commit> commits = new ArrayList<>();

		private final ArrayDeque<Sinks.Empty<Void>> underway = new ArrayDeque<>();

		private final List<Bytes> messages = new ArrayList<>();

		private final List<Bytes> inbox = new ArrayList<>();

		private final List<String> sent = new ArrayList<>();

		private Mono<Void> pushing = Mono.empty();

		/** The present form of a record. */
		private Bytes record(String key) {
			return this.commits.stream()
				.filter((step) -> step.records().containsKey(key))
				.reduce((first, later) -> later)
				.orElseThrow()
				.records()
				.get(key);
		}

		/** The logs that the messages to the owner mean. */
		private List<String> logs() {
			return this.messages.stream().map((message) -> {
				RecordFormat.Reader reader = new RecordFormat.Reader(message);
				reader.text();
				reader.number();
				return reader.text();
			}).toList();
		}

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
		public Mono<Inbox> pull(long read) {
			return Mono.just(new Inbox(0, List.copyOf(this.inbox)));
		}

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.messages.add(message);
			return this.pushing;
		}

		@Override
		public Mono<Void> wake(Bytes wake) {
			return Mono.empty();
		}

		@Override
		public void send(String to, PodMessage.Type type, Bytes body) {
			this.sent.add(type + " " + to);
		}

		/** Frames that were brought to the owner. */
		private List<Frame> frames() {
			List<Frame> frames = new ArrayList<>();
			for (Bytes message : this.messages) {
				RecordFormat.Reader reader = new RecordFormat.Reader(message);
				reader.text();
				reader.number();
				reader.text();
				while (reader.hasMore()) {
					frames.add(reader.frame());
				}
			}
			return frames;
		}

		private List<String> pushed() {
			return frames().stream()
				.map((frame) -> frame.type() + " "
						+ ((frame instanceof Frame.Event event) ? event.ref().name() : frame.streamId()))
				.toList();
		}

	}

}
