package io.agentsocket.connection.takeover;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of a session whose end on this side is at a runner. Runs in the
 * owner's loop.
 */
final class RemoteStreams implements RemoteStream.Owner {

	private final StreamContext context;

	private final PeerState state;

	private final RunnerLanes lanes;

	/** By the id on the wire. */
	private final Map<Integer, RemoteStream> byId = new HashMap<>(0);

	RemoteStreams(StreamContext context, PeerState state, RunnerLanes lanes) {
		this.context = context;
		this.state = state;
		this.lanes = lanes;
	}

	/**
	 * Adds an open stream.
	 * @param runner its end on this side
	 * @param id id on the wire
	 * @param localId the runner's id
	 * @param own whether this side is the caller
	 */
	RemoteStream add(Runner runner, int id, int localId, boolean own) {
		RemoteStream stream = new RemoteStream(this, runner, id, localId, own);
		if (own) {
			runner.open(localId);
		}
		runner.streamOpened();
		this.byId.put(id, stream);
		this.state.streams().add(stream);
		return stream;
	}

	/** The stream with an id on the wire; null when there is none. */
	@Nullable RemoteStream find(int id) {
		// Asked for each frame, and nearly always empty.
		return this.byId.isEmpty() ? null : this.byId.get(id);
	}

	/** The stream that a runner has opened under an id of its own; null when closed. */
	@Nullable RemoteStream find(Runner runner, int localId) {
		for (RemoteStream stream : this.byId.values()) {
			if (stream.isOwn() && stream.localId() == localId && stream.runner() == runner) {
				return stream;
			}
		}
		return null;
	}

	/** The streams of a runner; the list stays as it is. */
	List<RemoteStream> of(Runner runner) {
		return this.byId.values().stream().filter((stream) -> stream.runner() == runner).toList();
	}

	/** All streams; the list stays as it is. */
	List<RemoteStream> all() {
		return List.copyOf(this.byId.values());
	}

	/**
	 * Passes a frame of the other side on. Model: frames.pml, step receive.
	 * @param stream its stream
	 * @param frame the frame
	 * @param number number of the frame
	 */
	void pass(RemoteStream stream, Frame frame, long number) {
		write(stream, frame, number);
		if (stream.isEndedBy(frame)) {
			if (!stream.isOwn()) {
				this.state.records().ended(stream.id());
			}
			closed(stream);
		}
	}

	@Override
	public void tell(RemoteStream stream, Frame frame) {
		write(stream, frame, 0);
	}

	private void write(RemoteStream stream, Frame frame, long number) {
		this.lanes.write(stream.runner(), Frames.withStream(frame, stream.localId()), number);
	}

	@Override
	public void closed(RemoteStream stream) {
		if (this.byId.remove(stream.id(), stream)) {
			stream.runner().streamClosed(stream.isInterrupted());
		}
		this.state.streams().remove(stream);
		if (stream.isOwn()) {
			this.state.records().closed(stream.id());
		}
	}

	/**
	 * Ends a call of a runner whose INVOKE has not been sent, nor will be.
	 */
	void closeUninvoked(RemoteStream stream) {
		this.state.sendQueue().discard(stream);
		closed(stream);
		if (stream.isOpened()) {
			// Otherwise the other side has never heard of it.
			this.state.sendQueue()
				.addPrompt(
						this.context.errorFrame(stream.id(), new ActionException(ErrorCode.CANCELLED, "Not invoked")),
						null);
		}
	}

	/** Forgets all streams: they have another owner. */
	void clear() {
		new ArrayList<>(this.byId.values()).forEach(this.state.streams()::remove);
		this.byId.clear();
	}

}
