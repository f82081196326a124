package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.RecordFormat;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.connection.takeover.RunnerLane;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Commit;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.StoredSession;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Frames that an owner passes on to followers, from step to step and from owner to owner.
 */
class RunnerLanesTests {

	private static final String FOLLOWER = "b/2";

	private final Store store = new Store("pod/1");

	private final RawPeer raw = RawPeer.ofServer(this.store);

	private void relay() {
		this.raw.actions.add("theirs", ResultShape.VALUE, true, ActionHints.NONE, new RemoteAction(FOLLOWER, Map.of()));
		this.store.confirmAll(this.raw);
		this.raw.send(RawPeer.invokeOpen(1, "theirs"));
	}

	private static String key(Map<String, Bytes> records) {
		return records.keySet().stream().filter((key) -> key.startsWith("d")).findFirst().orElse("none");
	}

	@Test
	void frameIsARecordOfTheStepThatAcknowledgesItAndIsSentWhenThatIsDurable() {
		relay();
		Commit step = this.store.commits.get(this.store.commits.size() - 1);
		assertThat(step.records()).containsKeys("c1", "d1");
		assertThat(this.store.sent).isEmpty();
		// More comes while it is underway.
		this.raw.send(this.raw.data(1, 7, false));
		assertThat(this.store.commits.get(this.store.commits.size() - 1)).isSameAs(step);
		this.store.confirmAll(this.raw);
		assertThat(this.store.sent).containsExactly("FRAMES " + FOLLOWER, "FRAMES " + FOLLOWER);
		assertThat(this.store.records).containsKeys("d1", "d2");
	}

	@Test
	void recordGoesWithTheNextStepWhenTheFollowerHasTheMessage() {
		relay();
		this.store.confirmAll(this.raw);
		int steps = this.store.commits.size();
		this.raw.peer.otherPods().woken(FOLLOWER, heard("pod/1", 1, false));
		this.raw.settle();
		assertThat(this.store.commits).hasSize(steps);
		this.raw.send(this.raw.data(1, 7, false));
		this.store.confirmAll(this.raw);
		assertThat(this.store.records).containsKey("d2").doesNotContainKey("d1");
	}

	private static Bytes heard(String owner, long number, boolean missing) {
		return new RecordFormat.Writer().number(0).text(owner).number(number).number(missing ? 1 : 0).take();
	}

	@Test
	void nextOwnerSendsWhatTheOneBeforeHasNotBroughtThere() {
		relay();
		this.raw.send(this.raw.data(1, 7, false));
		this.store.confirmAll(this.raw);
		List<Bytes> before = List.copyOf(this.store.bodies);
		Store next = new Store("pod/2");
		RawPeer owner = RawPeer.ofServer(next);
		owner.peer.otherPods().restore(new StoredSession(9, 2, 0, 0, List.of(), this.store.records, 0));
		owner.settle();
		assertThat(next.bodies).isEqualTo(before);
		// The list of its streams means something to the follower once it has those.
		owner.peer.otherPods().sendStreamList();
		owner.settle();
		RecordFormat.Reader roll = new RecordFormat.Reader(next.bodies.get(2));
		roll.text();
		assertThat(RunnerLane.Place.read(roll)).isEqualTo(new RunnerLane.Place("pod/1", 2));
		assertThat(roll.number()).isOne();
	}

	@Test
	void followerThatDoesNotGetWhatItMissesIsGivenUp() {
		relay();
		this.store.confirmAll(this.raw);
		this.raw.allFrames();
		for (int i = 0; i < 5; i++) {
			this.raw.peer.otherPods().woken(FOLLOWER, heard("", 0, true));
			this.raw.settle();
			this.raw.advance(Duration.ofSeconds(1));
		}
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).singleElement()
			.isInstanceOfSatisfying(Frame.Error.class,
					(error) -> assertThat(error.code()).isEqualTo(ErrorCode.LOST.code()));
		assertThat(key(this.store.records)).isEqualTo("none");
		// Whatever it says from now on counts for no owner.
		assertThat(new RecordFormat.Reader(this.store.records.get("q" + FOLLOWER)).number()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void followerWithTheEldestLaneIsGivenUpForTheSixtyFifth() {
		relayToMany(64);
		assertThat(this.raw.frames()).isEmpty();
		relay(64);
		assertThat(this.raw.frames()).singleElement().isInstanceOfSatisfying(Frame.Error.class, (error) -> {
			assertThat(error.streamId()).isOne();
			assertThat(error.code()).isEqualTo(ErrorCode.LOST.code());
		});
		assertThat(new RecordFormat.Reader(this.store.records.get("qb/0")).number()).isEqualTo(Long.MAX_VALUE);
		assertThat(this.store.records).doesNotContainKey("d1").containsKeys("d2", "d65");
		// All others go on.
		this.raw.send(this.raw.data(3, 7, false));
		this.store.confirmAll(this.raw);
		assertThat(this.store.sent).endsWith("FRAMES b/1");
	}

	@Test
	void laneOfAFollowerThatHasAllMakesRoomForTheSixtyFifth() {
		relayToMany(64);
		this.raw.peer.otherPods().woken("b/0", heard("pod/1", 1, false));
		this.raw.settle();
		relay(64);
		assertThat(this.raw.frames()).isEmpty();
		// More for it begins another lane.
		this.raw.peer.otherPods().woken("b/1", heard("pod/1", 2, false));
		this.raw.send(this.raw.data(1, 7, false));
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).isEmpty();
		assertThat(this.store.sent).endsWith("FRAMES b/0");
	}

	private void relayToMany(int followers) {
		this.store.confirmAll(this.raw);
		for (int i = 0; i < followers; i++) {
			relay(i);
		}
	}

	private void relay(int follower) {
		this.raw.actions.add("theirs" + follower, ResultShape.VALUE, true, ActionHints.NONE,
				new RemoteAction("b/" + follower, Map.of()));
		this.raw.send(RawPeer.invokeOpen(2 * follower + 1, "theirs" + follower));
		this.store.confirmAll(this.raw);
	}

	@Test
	void callOfADeadFollowerIsInterruptedOnceAndLeavesNothing() {
		this.store.confirmAll(this.raw);
		Bytes call = new RecordFormat.Writer().number(1).number(2).text(FOLLOWER).take();
		this.raw.peer.otherPods()
			.restore(new StoredSession(9, 0, 1, 1, List.of(), Map.of("s2", call, "n", ids(4, 0)), 0));
		this.raw.settle();
		this.raw.attach(Limits.CLIENT, 1);
		for (int i = 0; i < 3; i++) {
			this.raw.peer.otherPods().runnerGone(FOLLOWER);
			this.store.confirmAll(this.raw);
		}
		assertThat(this.raw.frames()).hasSize(1).first().isInstanceOf(Frame.Interrupt.class);
		assertThat(this.raw.peer.otherPods().runnerNames()).isEmpty();
		// It is answered all the same, which is for nobody.
		this.raw.send(RawPeer.text(2, "late", true));
		this.store.confirmAll(this.raw);
		assertThat(key(this.store.records)).isEqualTo("none");
	}

	@Test
	void callOfADeadFollowerThatTheOtherSideHasNotHeardOfIsNotSpokenOf() {
		this.store.confirmAll(this.raw);
		this.raw.peer.detached(this.raw.transport, 1006);
		push(1, new Frame.Invoke(2, true, Frame.Ref.name("ask"), Bytes.EMPTY, Bytes.EMPTY));
		this.raw.peer.otherPods().runnerGone(FOLLOWER);
		this.store.confirmAll(this.raw);
		this.raw.attach();
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).isEmpty();
	}

	@Test
	void itemsOfADeadFollowerThatWereNotSentDoNotComeBesideASecondRun() {
		this.raw.actions.add("again", ResultShape.ITEMS, false, new ActionHints(true, false, true, false, false, null),
				(exchange) -> Mono.just("second"));
		this.store.confirmAll(this.raw);
		Bytes call = new RecordFormat.Writer().number(5)
			.number(0)
			.number(0)
			.text(FOLLOWER)
			.text("")
			.frame(RawPeer.invoke(1, "again"))
			.take();
		this.raw.peer.otherPods()
			.restore(new StoredSession(9, 1, 0, 0, List.of(), Map.of("c1", call, "n", ids(2, 1)), 0));
		this.raw.peer.detached(this.raw.transport, 1006);
		this.store.confirmAll(this.raw);
		push(1, RawPeer.text(1, "first", false));
		this.raw.peer.otherPods().runnerGone(FOLLOWER);
		this.store.confirmAll(this.raw);
		this.raw.attach();
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).filteredOn((frame) -> frame instanceof Frame.Item)
			.containsExactly(this.raw.data(1, "second", true));
	}

	@Test
	void messagesOfTheInboxThatWereReadAreNotAskedForAgain() {
		this.store.confirmAll(this.raw);
		Bytes call = new RecordFormat.Writer().number(0)
			.number(0)
			.number(0)
			.text(FOLLOWER)
			.text("")
			.frame(RawPeer.invoke(1, "theirs"))
			.take();
		this.raw.peer.otherPods()
			.restore(new StoredSession(9, 1, 0, 0, List.of(), Map.of("c1", call, "n", ids(2, 1)), 0));
		this.raw.settle();
		// Nobody takes them: they stay in the inbox, read and not taken.
		this.raw.peer.detached(this.raw.transport, 1006);
		push(1, RawPeer.text(1, "first", false));
		push(2, RawPeer.text(1, "second", false));
		push(3, RawPeer.text(1, "third", false));
		assertThat(this.store.pulls).endsWith(0L, 1L, 2L);
	}

	@Test
	void runnerThatWasSilentForLongestIsGivenUpWhenTooManyConfirmNothing() {
		this.store.confirmAll(this.raw);
		for (int i = 0; i < 65; i++) {
			this.raw.actions.add("at" + i, ResultShape.VALUE, true, ActionHints.NONE,
					new RemoteAction("c/" + i, Map.of()));
			this.raw.send(RawPeer.invokeOpen(2 * i + 1, "at" + i));
			this.store.confirmAll(this.raw);
		}
		assertThat(this.raw.frames()).singleElement().isInstanceOfSatisfying(Frame.Error.class, (error) -> {
			assertThat(error.streamId()).isOne();
			assertThat(error.code()).isEqualTo(ErrorCode.LOST.code());
		});
		assertThat(this.store.records.keySet()).filteredOn((key) -> key.startsWith("d")).hasSize(64);
		assertThat(this.store.records).containsKey("qc/0").doesNotContainKey("qc/1");
	}

	@Test
	void runnersWithNothingToDoAreForgottenWithTheirRecords() {
		relay();
		this.store.confirmAll(this.raw);
		Frame event = new Frame.Event(Frame.Ref.name("event"), Bytes.EMPTY, Bytes.EMPTY);
		push(1, event);
		for (int i = 0; i < 70; i++) {
			push("c/" + i, 1, event);
			this.store.confirmAll(this.raw);
		}
		assertThat(this.store.records).containsKeys("q" + FOLLOWER, "qc/69").doesNotContainKey("qc/0");
		assertThat(this.store.records.keySet()).filteredOn((key) -> key.startsWith("q")).hasSize(64);
		// All were heard once, and no one of them twice.
		assertThat(this.raw.frames()).filteredOn((frame) -> frame instanceof Frame.Event).hasSize(71);
		push("c/69", 1, event);
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).isEmpty();
	}

	private void push(long number, Frame frame) {
		push(FOLLOWER, number, frame);
	}

	private void push(String from, long number, Frame frame) {
		this.store.inbox.add(new RecordFormat.Writer().text(from).number(number).text("").frame(frame).take());
		this.raw.peer.otherPods()
			.woken(from, new RecordFormat.Writer().number(number).text("").number(0).number(0).take());
		this.raw.settle();
	}

	private static Bytes ids(int next, int last) {
		return new RecordFormat.Writer().number(next).number(last).take();
	}

	@Test
	void listOfStreamsTellsAnOwnerThatItIsNoneAnyMore() {
		this.store.confirmAll(this.raw);
		this.raw.peer.otherPods()
			.reconcileStreams(new RecordFormat.Writer().text("").text("").number(0).number(1).take());
		this.raw.settle();
		this.raw.assertClosed(CloseCode.SUPERSEDED.code());
	}

	@Test
	void descriptorThatHasLeftInPartIsRecordedUntilItsRestHasLeft() {
		this.store.confirmAll(this.raw);
		this.raw.peer.announcer().announce("large", "x".repeat(2 * Limits.CLIENT.window()), "h");
		this.store.confirmAll(this.raw);
		assertThat(this.store.records).containsKey("o0");
		assertThat(Ownership.isWhole(this.store.stored())).isFalse();
		long sent = 0;
		for (int i = 0; this.store.records.containsKey("o0"); i++) {
			assertThat(i).as("rounds").isLessThan(1000);
			sent += this.raw.allFrames().stream().filter((frame) -> frame.type().isNumbered()).count();
			this.raw.send(RawPeer.ack(sent));
			this.store.confirmAll(this.raw);
		}
		assertThat(Ownership.isWhole(this.store.stored())).isTrue();
		assertThat(this.raw.allFrames()).last().isInstanceOf(Frame.Define.class);
	}

	@Test
	void restOfADescriptorIsNotForTheNextOwner() {
		this.store.confirmAll(this.raw);
		this.raw.peer.announcer().announce("large", "x".repeat(2 * Limits.CLIENT.window()), "h");
		this.store.confirmAll(this.raw);
		this.raw.peer.events().send("later", "b");
		this.raw.settle();
		this.raw.peer.otherPods().moved(2);
		this.store.confirmAll(this.raw);
		assertThat(this.store.pushed()).containsExactly("later");
	}

	@Test
	void eventThatHasLeftInPartIsRecordedAndItsRestIsNotForTheNextOwner() {
		this.store.confirmAll(this.raw);
		this.raw.peer.events().send("small", "a");
		this.raw.peer.events().send("large", "x".repeat(2 * Limits.CLIENT.window()));
		this.store.confirmAll(this.raw);
		assertThat(this.store.records).containsKey("o0");
		assertThat(Ownership.isWhole(this.store.stored())).isFalse();
		this.raw.peer.events().send("later", "b");
		this.raw.settle();
		this.raw.peer.otherPods().moved(2);
		this.store.confirmAll(this.raw);
		assertThat(this.store.pushed()).containsExactly("later");
	}

	@Test
	void eventThatHasLeftAsAWholeLeavesNoRecord() {
		this.store.confirmAll(this.raw);
		this.raw.peer.events().send("large", "x".repeat(100_000));
		this.store.confirmAll(this.raw);
		assertThat(this.raw.frames()).last().isInstanceOf(Frame.Event.class);
		assertThat(Ownership.isWhole(this.store.stored())).isTrue();
	}

	@Test
	void eventThatIsNotDurableGoesToTheNextOwnerAsAWhole() {
		this.store.confirmAll(this.raw);
		this.raw.peer.events().send("large", "x".repeat(100_000));
		this.raw.settle();
		this.store.steps.get(this.store.steps.size() - 1).tryEmitError(new FencedException(2));
		this.raw.settle();
		assertThat(this.store.pushed()).containsExactly("large");
	}

	/** Steps wait until the test ends them. */
	private static final class Store extends QuietStorage {

		private final String owner;

		private final List<Sinks.Empty<Void>> steps = new ArrayList<>();

		private final List<Commit> commits = new ArrayList<>();

		private final Map<String, Bytes> records = new LinkedHashMap<>();

		private final List<String> sent = new ArrayList<>();

		private final List<Bytes> bodies = new ArrayList<>();

		private final List<Bytes> messages = new ArrayList<>();

		private final List<Bytes> inbox = new ArrayList<>();

		private final List<Long> pulls = new ArrayList<>();

		private int confirmed;

		Store(String owner) {
			this.owner = owner;
		}

		@Override
		public String owner() {
			return this.owner;
		}

		@Override
		public Mono<Void> commit(Commit commit) {
			Sinks.Empty<Void> step = Sinks.empty();
			this.steps.add(step);
			this.commits.add(commit);
			return step.asMono();
		}

		@Override
		public Mono<Inbox> pull(long read) {
			this.pulls.add(read);
			return Mono.just(new Inbox(read, this.inbox.subList((int) read, this.inbox.size())));
		}

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.messages.add(message);
			return Mono.empty();
		}

		@Override
		public void send(String to, PodMessage.Type type, Bytes body) {
			if (type == PodMessage.Type.FRAMES || type == PodMessage.Type.STREAMS) {
				this.sent.add(type + " " + to);
				this.bodies.add(body);
			}
		}

		private void confirmAll(RawPeer raw) {
			raw.settle();
			while (this.confirmed < this.steps.size()) {
				Commit step = this.commits.get(this.confirmed);
				this.records.keySet().removeAll(step.removed());
				this.records.putAll(step.records());
				this.steps.get(this.confirmed++).tryEmitEmpty();
				raw.settle();
			}
		}

		private StoredSession stored() {
			return new StoredSession(1, 0, 0, 0, List.of(), this.records, 0);
		}

		/** Names of the events that were brought to the owner. */
		private List<String> pushed() {
			List<String> names = new ArrayList<>();
			for (Bytes message : this.messages) {
				RecordFormat.Reader reader = new RecordFormat.Reader(message);
				reader.text();
				reader.number();
				reader.text();
				while (reader.hasMore()) {
					names.add(((Frame.Event) reader.frame()).ref().name());
				}
			}
			return names;
		}

	}

}
