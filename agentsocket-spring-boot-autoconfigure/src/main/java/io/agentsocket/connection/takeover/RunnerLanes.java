package io.agentsocket.connection.takeover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;

/**
 * Brings frames from the owner of a session to its runners. A frame of the other side is
 * acknowledged when the step with its number is durable; so the message with this frame
 * is a record of the same step, is sent when that is durable, and stays a record until
 * the runner has confirmed it. The next owner goes on with those records. The messages
 * themselves are in the {@link RunnerLane} of each {@link Runner}. Runs in the owner's
 * loop.
 */
final class RunnerLanes {

	private static final Log logger = PrintableLog.of(RunnerLanes.class);

	private final PeerLoop loop;

	private final PeerStorage storage;

	private final CommitPipeline commits;

	private final Runners runners;

	/** Hears of a runner that cannot be reached any more. */
	private final Consumer<Runner> lost;

	/** The runners to which frames go with the next step. */
	private final List<Runner> written = new ArrayList<>(0);

	/** Messages that this owner has made. */
	private long messages;

	/** Number of the latest record of a message. */
	private long records;

	/**
	 * Id of the log that a reset has begun, or empty. Stream ids begin anew with a log: a
	 * frame of a runner counts only if it means this log.
	 */
	private String log = "";

	/**
	 * A message that is part of a step.
	 *
	 * @param runner the runner that it is for
	 * @param message the message
	 */
	private record Sealed(Runner runner, RunnerLane.Message message) {

	}

	RunnerLanes(PeerLoop loop, PeerStorage storage, CommitPipeline commits, Runners runners, Consumer<Runner> lost) {
		this.loop = loop;
		this.lost = lost;
		this.storage = storage;
		this.commits = commits;
		this.runners = runners;
	}

	String log() {
		return this.log;
	}

	/** Goes on with the log of the owner before. */
	void setLog(String id) {
		this.log = id;
	}

	/** Begins a log, of which the needed runners are told ahead of everything else. */
	void begin(String id) {
		this.log = id;
		List<Runner> all = this.runners.all();
		all.forEach(Runner::forgetLog);
		all.stream().filter((runner) -> runner.isNeeded() && !runner.isGivenUp()).forEach(this::writer);
	}

	/**
	 * Passes a frame on with the next step.
	 * @param runner the runner
	 * @param frame the frame, with the runner's id of the stream
	 * @param number number of the frame, 0 if the other side did not send it
	 */
	void write(Runner runner, Frame frame, long number) {
		if (!runner.isGivenUp()) {
			RecordFormat.Writer writer = writer(runner);
			int before = writer.size();
			writer.number(number).frame(frame);
			this.commits.passedOn(writer.size() - before);
		}
	}

	private RecordFormat.Writer writer(Runner runner) {
		RecordFormat.Writer writer = runner.outbound();
		if (writer == null) {
			writer = runner.beginMessage();
			this.written.add(runner);
		}
		if (runner.learnLog()) {
			writer.number(0).frame(Frames.log(this.log));
			this.commits.passedOn(writer.size());
		}
		return writer;
	}

	/**
	 * A step is about to begin: the frames that were written become part of it. Model:
	 * frames.pml, step begin.
	 */
	void seal() {
		if (this.written.isEmpty()) {
			return;
		}
		List<Sealed> sealed = new ArrayList<>(this.written.size());
		for (Runner runner : this.written) {
			RecordFormat.Writer writer = runner.outbound();
			if (writer != null) {
				sealed.add(seal(runner, writer.take()));
			}
		}
		this.written.clear();
		this.commits.whenDurable(() -> sealed.forEach(this::send));
		Runner beyond = this.runners.beyondLanes();
		while (beyond != null) {
			giveUp(beyond, "there are more than " + Runners.MAX_LANES + " pods to reach");
			beyond = this.runners.beyondLanes();
		}
	}

	private Sealed seal(Runner runner, Bytes frames) {
		runner.endMessage();
		this.runners.active(runner);
		RunnerLane.Place place = new RunnerLane.Place(this.storage.owner(), ++this.messages);
		RunnerLane.Message message = runner.lane().next(++this.records, place, frames);
		Bytes record = new RecordFormat.Writer().text(runner.name()).bytes(message.body()).take();
		this.commits.put(key(message), () -> record);
		return new Sealed(runner, message);
	}

	private static String key(RunnerLane.Message message) {
		return RecordKey.TO_RUNNER.key(message.record());
	}

	private void giveUp(Runner runner, String reason) {
		logger.warn("Frames for " + runner.name() + " are lost, its calls are given up: " + reason);
		this.lost.accept(runner);
	}

	/**
	 * A message is durable, and its runner may be gone by now. Model: frames.pml, step
	 * confirmed.
	 */
	private void send(Sealed sealed) {
		Runner runner = sealed.runner;
		if (!runner.isGivenUp()) {
			runner.lane().sent(sealed.message, this.loop.now());
			this.storage.send(runner.name(), PodMessage.Type.FRAMES, sealed.message.body());
			forget(runner.lane().excess());
		}
	}

	private void forget(List<RunnerLane.Message> forgotten) {
		forgotten.forEach((message) -> this.commits.discard(key(message)));
	}

	/**
	 * Goes on with the messages that the owner before has not brought to the runners.
	 * Model: frames.pml, step claim.
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
			Runner runner = this.runners.get(record.text());
			send(new Sealed(runner, runner.lane().restore(number, record.bytes())));
		}
	}

	/**
	 * A runner tells which messages have arrived there.
	 * @param runner the runner
	 * @param place the latest message that it has
	 * @param missing whether it knows that one is missing
	 */
	void heard(Runner runner, RunnerLane.Place place, boolean missing) {
		RunnerLane lane = runner.lane();
		long now = this.loop.now();
		forget(lane.heard(place, missing, now));
		if (lane.isBroken(now)) {
			giveUp(runner, "it does not get what it misses");
		}
		else {
			lane.overdue(now, missing)
				.forEach((message) -> this.storage.send(runner.name(), PodMessage.Type.FRAMES, message.body()));
		}
	}

	/** Forgets the messages for a runner. */
	void close(Runner runner) {
		this.written.remove(runner);
		forget(runner.lane().clear());
	}

	/**
	 * Stops. Durable frames are for the next owner, and the other side sends it the
	 * others again.
	 */
	void close() {
		this.written.clear();
	}

}
