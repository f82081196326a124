package io.agentsocket.connection.takeover;

import java.util.List;
import java.util.function.Consumer;

import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Takes the messages of runners from the inbox of a session into the owner's send queue:
 * their frames get stream ids and aliases of the wire. The counterpart of
 * {@link OwnerFrames}. Runs in the owner's loop.
 */
final class RunnerFrames {

	/** Hears the requests of runners. */
	interface Listener {

		/** A runner asks to end the session. */
		void endRequested();

		/** A runner announces an action, or withdraws it. */
		void announced(String runner, Frame.Define frame);

	}

	private final StreamContext context;

	private final PeerState state;

	private final Listener listener;

	private final Runners runners;

	private final RemoteStreams streams;

	private final RunnerLanes lanes;

	/** How far the messages have left the send queue. */
	private final InboxProgress progress;

	/** Counts a message; made once, since it is needed at the end of each turn. */
	private final Consumer<InboxProgress.Message> taken;

	RunnerFrames(StreamContext context, PeerState state, CommitPipeline commits, Runners runners, RemoteStreams streams,
			RunnerLanes lanes, Listener listener) {
		this.context = context;
		this.state = state;
		this.runners = runners;
		this.streams = streams;
		this.lanes = lanes;
		this.listener = listener;
		this.progress = new InboxProgress(commits);
		this.taken = (message) -> runners.taken(message.runner(), message.number(), message.opened());
	}

	/** Goes on in the middle of a message, where the owner before has stopped. */
	void restore(RecordFormat.Reader record) {
		this.progress.restore(record);
	}

	/**
	 * Takes a message of a runner, unless it was taken before. Model: calls.pml, step
	 * pull.
	 * @param message the message
	 * @param at its place in the inbox
	 */
	void take(Bytes message, long at) {
		RecordFormat.Reader reader = new RecordFormat.Reader(message);
		Runner runner = this.runners.get(reader.text());
		long number = reader.number();
		InboxProgress.Message underway = this.progress.begin(at, runner, number);
		if (runner.hasRead(number)) {
			// The runner did not know that it had arrived.
			return;
		}
		runner.read(number);
		boolean current = reader.text().equals(this.lanes.log());
		for (int i = 0; reader.hasMore(); i++) {
			Frame frame = reader.frame();
			Frame rest = this.progress.rest(frame, at, i);
			if (rest != null) {
				List<QueuedFrame> queued = take(runner, rest, current);
				queued.forEach(QueuedFrame::ofFollower);
				underway.add(i, queued);
			}
			else if (isOfRunner(frame)) {
				// Its stream is open, or is over: no later frame opens it again.
				runner.open(frame.streamId());
			}
		}
		underway.read();
	}

	private List<QueuedFrame> take(Runner runner, Frame frame, boolean current) {
		if (frame.type() == FrameType.GOAWAY) {
			this.listener.endRequested();
			return List.of();
		}
		if (frame instanceof Frame.Define define) {
			// A reset ends subscriptions, and no actions of the session.
			if (current || !define.name().equals(Names.SUBSCRIBE)) {
				this.listener.announced(runner.name(), define);
			}
			return List.of();
		}
		return (frame.streamId() == 0) ? event(frame, current) : ofStream(runner, frame, current);
	}

	/** Sends an event of a runner; nothing when the frame is none. */
	private List<QueuedFrame> event(Frame frame, boolean current) {
		if (!(frame instanceof Frame.Event event) || event.ref().name() == null) {
			return List.of();
		}
		if (!current && event.metadata().equals(OwnerFrames.OF_CALL)) {
			// A reset has stopped the call.
			return List.of();
		}
		Frame.Ref ref = this.state.ownAliases().ref(event.ref().name());
		return this.state.sendQueue().addAll(new Frame.Event(ref, Bytes.EMPTY, event.payload()), null);
	}

	/** Whether the id of a frame's stream is one that its runner has given. */
	private boolean isOfRunner(Frame frame) {
		return frame.streamId() != 0 && !this.state.streams().isRemote(frame.streamId());
	}

	private List<QueuedFrame> ofStream(Runner runner, Frame frame, boolean current) {
		RemoteStream stream = isOfRunner(frame) ? ofCaller(runner, frame, current) : ofCallee(runner, frame, current);
		if (stream == null) {
			// The stream has ended here, or another pod has it.
			return List.of();
		}
		Frame mapped = withRef(Frames.withStream(frame, stream.id()));
		List<QueuedFrame> queued = this.state.sendQueue().addAll(mapped, stream);
		boolean ends = frame instanceof Frame.Error
				|| (!stream.isOwn() && frame instanceof Frame.Item item && item.end());
		if (ends) {
			this.streams.closed(stream);
		}
		return queued;
	}

	/** The stream of a call that runs at the runner; null when it is over. */
	private @Nullable RemoteStream ofCallee(Runner runner, Frame frame, boolean current) {
		// In another log the id may be that of another stream by now.
		RemoteStream stream = current ? this.streams.find(frame.streamId()) : null;
		return (stream != null && stream.runner() == runner) ? stream : null;
	}

	/** The stream of a call that the runner makes; null when it is over or refused. */
	private @Nullable RemoteStream ofCaller(Runner runner, Frame frame, boolean current) {
		RemoteStream stream = this.streams.find(runner, frame.streamId());
		boolean stopped = !current && frame instanceof Frame.Invoke invoke && isNested(invoke);
		if (stream == null) {
			boolean opens = frame instanceof Frame.Invoke || frame instanceof Frame.Part;
			return (opens && runner.open(frame.streamId())) ? open(runner, frame.streamId(), stopped) : null;
		}
		if (stopped) {
			// The parts in front did not tell that their call belongs to a stopped one.
			this.streams.closeUninvoked(stream);
			return refuse(runner, frame.streamId(), ErrorCode.SESSION_RESET, "The session was reset");
		}
		return stream;
	}

	/** Whether a call belongs to one that the other side has made. */
	private boolean isNested(Frame.Invoke invoke) {
		return !invoke.metadata().isEmpty() && this.context.codec().decodeMetadata(invoke.metadata()).parent() != 0;
	}

	private @Nullable RemoteStream open(Runner runner, int localId, boolean stopped) {
		if (stopped) {
			return refuse(runner, localId, ErrorCode.SESSION_RESET, "The session was reset");
		}
		if (this.state.streams().isExhausted() || this.state.streams().callers() >= this.context.remote().streams()) {
			return refuse(runner, localId, ErrorCode.RESOURCE_EXHAUSTED, "Too many open streams");
		}
		return this.streams.add(runner, this.state.streams().take(), localId, true);
	}

	private @Nullable RemoteStream refuse(Runner runner, int localId, ErrorCode code, String text) {
		this.lanes.write(runner, new Frame.Error(localId, code.code(), true, false, Bytes.EMPTY, text), 0);
		return null;
	}

	private Frame withRef(Frame frame) {
		return (frame instanceof Frame.Invoke invoke && invoke.ref().name() != null)
				? Frames.withRef(frame, this.context.theirAliases().ref(invoke.ref().name())) : frame;
	}

	/**
	 * Counts the messages whose frames have numbers as taken: until then they are for the
	 * next owner, too.
	 */
	void settle() {
		this.progress.settle(this.taken);
	}

	/** Numbers start anew, and nothing is queued any more. */
	void reset() {
		settle();
		this.progress.reset();
	}

	/** This peer does not own the session any more. */
	void close() {
		this.progress.close(this.state.sendQueue());
	}

}
