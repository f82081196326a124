package io.agentsocket.connection.takeover;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Frames that the owner of a session passes on to its followers. A frame of the other
 * side is acknowledged when the step with its number is durable; so the message with this
 * frame is a record of the same step, is sent when that is durable, and stays a record
 * until the follower has confirmed it. The next owner goes on with those records. Runs in
 * the owner's loop.
 */
final class RunnerLanes {

	private static final Log logger = LogFactory.getLog(RunnerLanes.class);

	/** Followers to which messages may be underway. */
	private static final int MAX_LANES = 64;

	private final PeerLoop loop;

	private final PeerStorage storage;

	private final CommitPipeline commits;

	/** Told of a follower that cannot be reached any more. */
	private final Consumer<String> lost;

	/** Frames that go to each follower with the next step. */
	private final Map<String, RecordFormat.Writer> outbound = new LinkedHashMap<>(0);

	/** By the name of the follower; the one that was written to last is the last. */
	private final Map<String, RunnerLane> lanes = new LinkedHashMap<>(0);

	/** Messages that this owner has made. */
	private long messages;

	/** Records that were made so far. */
	private long records;

	/**
	 * Id of the log that a reset has begun, or empty. Stream ids begin anew with it: what
	 * a follower says of a stream counts only if it means this log.
	 */
	private String log = "";

	/** Followers that know it. */
	private final Set<String> told = new HashSet<>(0);

	RunnerLanes(PeerLoop loop, PeerStorage storage, CommitPipeline commits, Consumer<String> lost) {
		this.loop = loop;
		this.lost = lost;
		this.storage = storage;
		this.commits = commits;
	}

	String log() {
		return this.log;
	}

	/** Go on with the log of the owner before. */
	void setLog(String id) {
		this.log = id;
	}

	/** Whether this owner has told a follower of the present log. */
	boolean isTold(String follower) {
		return this.told.contains(follower);
	}

	/** Begin a log, of which followers are told ahead of everything else. */
	void begin(String id, Set<String> followers) {
		this.log = id;
		this.told.clear();
		followers.forEach(this::writer);
	}

	/**
	 * Pass a frame on with the next step.
	 * @param follower name of the follower
	 * @param frame the frame, with the follower's id of the stream
	 * @param number its number, 0 if the other side did not send it
	 */
	void write(String follower, Frame frame, long number) {
		RecordFormat.Writer writer = writer(follower);
		int before = writer.size();
		writer.number(number).frame(frame);
		this.commits.passedOn(writer.size() - before);
	}

	private RecordFormat.Writer writer(String follower) {
		RecordFormat.Writer writer = this.outbound.computeIfAbsent(follower, (name) -> new RecordFormat.Writer());
		if (this.told.add(follower)) {
			writer.number(0).frame(Frames.log(this.log));
			this.commits.passedOn(writer.size());
		}
		return writer;
	}

	/**
	 * A step is about to begin: what was written becomes part of it. Model: frames.pml,
	 * step begin.
	 */
	void seal() {
		if (this.outbound.isEmpty()) {
			return;
		}
		Map<String, RunnerLane.Message> sealed = new LinkedHashMap<>();
		this.outbound.forEach((follower, writer) -> sealed.put(follower, seal(follower, writer.take())));
		this.outbound.clear();
		this.commits.whenDurable(() -> sealed.forEach(this::send));
	}

	private RunnerLane.Message seal(String follower, Bytes frames) {
		RunnerLane.Place place = new RunnerLane.Place(this.storage.owner(), ++this.messages);
		RunnerLane.Message message = open(follower).next(++this.records, place, frames);
		Bytes record = new RecordFormat.Writer().text(follower).bytes(message.body()).take();
		this.commits.put(key(message), () -> record);
		return message;
	}

	private static String key(RunnerLane.Message message) {
		return RecordKey.TO_RUNNER.key(message.record());
	}

	private RunnerLane open(String follower) {
		RunnerLane lane = this.lanes.remove(follower);
		lane = (lane != null) ? lane : new RunnerLane();
		this.lanes.put(follower, lane);
		if (this.lanes.size() > MAX_LANES) {
			Map.Entry<String, RunnerLane> eldest = this.lanes.entrySet().iterator().next();
			if (eldest.getValue().isEmpty()) {
				this.lanes.remove(eldest.getKey());
			}
			else {
				giveUp(eldest.getKey(), "there are more than " + MAX_LANES + " pods to reach");
			}
		}
		return lane;
	}

	private void giveUp(String follower, String reason) {
		logger.warn("Frames for " + follower + " are lost, its calls are given up: " + reason);
		this.lost.accept(follower);
	}

	/**
	 * A message is durable, unless its follower is gone by now. Model: frames.pml, step
	 * confirmed.
	 */
	private void send(String follower, RunnerLane.Message message) {
		RunnerLane lane = this.lanes.get(follower);
		if (lane != null) {
			lane.sent(message, this.loop.now());
			this.storage.send(follower, PodMessage.Type.FRAMES, message.body());
			forget(lane.excess());
		}
	}

	private void forget(List<RunnerLane.Message> messages) {
		messages.forEach((message) -> this.commits.discard(key(message)));
	}

	/**
	 * Go on with what the owner before has not brought to the followers. Model:
	 * frames.pml, step claim.
	 */
	void restore(Map<String, Bytes> stored) {
		List<Long> numbers = new ArrayList<>();
		stored.keySet()
			.stream()
			.filter((key) -> RecordKey.TO_RUNNER.isOf(key))
			.forEach((key) -> numbers.add(Long.parseLong(RecordKey.rest(key))));
		numbers.sort(null);
		for (long number : numbers) {
			this.records = number;
			RecordFormat.Reader record = new RecordFormat.Reader(
					stored.getOrDefault(RecordKey.TO_RUNNER.key(number), Bytes.EMPTY));
			String follower = record.text();
			send(follower, open(follower).restore(number, record.bytes()));
		}
	}

	/**
	 * A follower tells what has arrived there.
	 * @param from its name
	 * @param place the latest message that it has
	 * @param missing whether it knows that one is missing
	 * @param needed whether streams run there
	 */
	void heard(String from, RunnerLane.Place place, boolean missing, boolean needed) {
		RunnerLane lane = this.lanes.get(from);
		if (lane == null) {
			return;
		}
		long now = this.loop.now();
		forget(lane.heard(place, missing, now));
		if (lane.isBroken(now)) {
			giveUp(from, "it does not get what it misses");
		}
		else if (lane.isEmpty() && !needed) {
			this.lanes.remove(from);
		}
		else {
			lane.overdue(now, missing)
				.forEach((message) -> this.storage.send(from, PodMessage.Type.FRAMES, message.body()));
		}
	}

	/** The latest message that was sent to a follower. */
	RunnerLane.Place sent(String follower) {
		RunnerLane lane = this.lanes.get(follower);
		return (lane != null) ? lane.sent() : RunnerLane.Place.NONE;
	}

	/** A follower is gone, and nothing reaches it any more. */
	void died(String follower) {
		this.outbound.remove(follower);
		RunnerLane lane = this.lanes.remove(follower);
		if (lane != null) {
			forget(lane.kept());
		}
	}

	/** Durable frames are for the next owner, and the agent sends it the others again. */
	void close() {
		this.outbound.clear();
		this.lanes.clear();
	}

}
