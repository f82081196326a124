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
 * Frames that the owner of a session passes on to its satellites. A frame of the other
 * side is acknowledged when the step with its number is durable; so the message with this
 * frame is a record of the same step, is sent when that is durable, and stays a record
 * until the satellite has confirmed it. The next owner goes on with those records. Runs
 * in the owner's loop.
 */
final class RunnerLanes {

	private static final Log logger = LogFactory.getLog(RunnerLanes.class);

	/** Satellites to which messages may be underway. */
	private static final int MAX_LANES = 64;

	private final PeerLoop loop;

	private final PeerStorage storage;

	private final CommitPipeline journal;

	/** Told of a satellite that cannot be reached any more. */
	private final Consumer<String> lost;

	/** Frames that go to each satellite with the next step. */
	private final Map<String, RecordFormat.Writer> outbound = new LinkedHashMap<>(0);

	/** By the name of the satellite; the one that was written to last is the last. */
	private final Map<String, RunnerLane> lanes = new LinkedHashMap<>(0);

	/** Messages that this owner has made. */
	private long messages;

	/** Records that were made so far. */
	private long records;

	/**
	 * Id of the log that a reset has begun, or empty. Stream ids begin anew with it: what
	 * a satellite says of a stream counts only if it means this log.
	 */
	private String log = "";

	/** Satellites that know it. */
	private final Set<String> told = new HashSet<>(0);

	RunnerLanes(PeerLoop loop, PeerStorage storage, CommitPipeline journal, Consumer<String> lost) {
		this.loop = loop;
		this.lost = lost;
		this.storage = storage;
		this.journal = journal;
	}

	String log() {
		return this.log;
	}

	/** Go on with the log of the owner before. */
	void log(String id) {
		this.log = id;
	}

	/** Whether this owner has told a satellite of the present log. */
	boolean isTold(String satellite) {
		return this.told.contains(satellite);
	}

	/** Begin a log, of which satellites are told ahead of everything else. */
	void begin(String id, Set<String> satellites) {
		this.log = id;
		this.told.clear();
		satellites.forEach(this::writer);
	}

	/**
	 * Pass a frame on with the next step.
	 * @param satellite name of the satellite
	 * @param frame the frame, with the satellite's id of the stream
	 * @param number its number, 0 if the other side did not send it
	 */
	void write(String satellite, Frame frame, long number) {
		RecordFormat.Writer writer = writer(satellite);
		int before = writer.size();
		writer.number(number).frame(frame);
		this.journal.passedOn(writer.size() - before);
	}

	private RecordFormat.Writer writer(String satellite) {
		RecordFormat.Writer writer = this.outbound.computeIfAbsent(satellite, (name) -> new RecordFormat.Writer());
		if (this.told.add(satellite)) {
			writer.number(0).frame(Frames.log(this.log));
			this.journal.passedOn(writer.size());
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
		this.outbound.forEach((satellite, writer) -> sealed.put(satellite, seal(satellite, writer.take())));
		this.outbound.clear();
		this.journal.whenDurable(() -> sealed.forEach(this::send));
	}

	private RunnerLane.Message seal(String satellite, Bytes frames) {
		RunnerLane.Place place = new RunnerLane.Place(this.storage.owner(), ++this.messages);
		RunnerLane.Message message = open(satellite).next(++this.records, place, frames);
		Bytes record = new RecordFormat.Writer().text(satellite).bytes(message.body()).take();
		this.journal.put(key(message), () -> record);
		return message;
	}

	private static String key(RunnerLane.Message message) {
		return RecordKey.TO_RUNNER.key(message.record());
	}

	private RunnerLane open(String satellite) {
		RunnerLane lane = this.lanes.remove(satellite);
		lane = (lane != null) ? lane : new RunnerLane();
		this.lanes.put(satellite, lane);
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

	private void giveUp(String satellite, String reason) {
		logger.warn("Frames for " + satellite + " are lost, its calls are given up: " + reason);
		this.lost.accept(satellite);
	}

	/**
	 * A message is durable, unless its satellite is gone by now. Model: frames.pml, step
	 * confirmed.
	 */
	private void send(String satellite, RunnerLane.Message message) {
		RunnerLane lane = this.lanes.get(satellite);
		if (lane != null) {
			lane.sent(message, this.loop.now());
			this.storage.send(satellite, PodMessage.Type.FRAMES, message.body());
			forget(lane.excess());
		}
	}

	private void forget(List<RunnerLane.Message> messages) {
		messages.forEach((message) -> this.journal.discard(key(message)));
	}

	/**
	 * Go on with what the owner before has not brought to the satellites. Model:
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
			String satellite = record.text();
			send(satellite, open(satellite).restore(number, record.bytes()));
		}
	}

	/**
	 * A satellite tells what has arrived there.
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

	/** The latest message that was sent to a satellite. */
	RunnerLane.Place sent(String satellite) {
		RunnerLane lane = this.lanes.get(satellite);
		return (lane != null) ? lane.sent() : RunnerLane.Place.NONE;
	}

	/** A satellite is gone, and nothing reaches it any more. */
	void died(String satellite) {
		this.outbound.remove(satellite);
		RunnerLane lane = this.lanes.remove(satellite);
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
