package io.agentsocket.connection.takeover;

import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;

/**
 * A stream whose end on this side is in another pod, behind the {@link OwnerLink} of a
 * runner: frames of the other side are passed on as they are.
 */
public final class RemoteStream extends Stream {

	/** The owner of the session, which brings frames to the runner. */
	interface Owner {

		/** Brings a frame to the runner that the other side did not send. */
		void tell(RemoteStream stream, Frame frame);

		/** The stream is over. */
		void closed(RemoteStream stream);

	}

	/** The owner of the session, which brings frames to the runner. */
	private final Owner owner;

	private final Runner runner;

	private final int id;

	private final int localId;

	private final boolean own;

	/** Whether the owner before has sent a frame of the stream to the other side. */
	private boolean restored;

	/** Whether the INVOKE of the stream was sent to the runner, or came from there. */
	private boolean begun = true;

	/** Whether the runner is gone and the other side was told to stop. */
	private boolean interrupted;

	/**
	 * Create a stream.
	 * @param runner the end of the stream on this side
	 * @param id id on the wire
	 * @param localId id at the runner
	 * @param own whether this side is the caller
	 */
	RemoteStream(Owner owner, Runner runner, int id, int localId, boolean own) {
		this.owner = owner;
		this.runner = runner;
		this.id = id;
		this.localId = localId;
		this.own = own;
	}

	/** The runner does not know of this stream until its INVOKE is durable. */
	void begin() {
		this.begun = false;
	}

	/** The owner before has sent a frame of the stream to the other side. */
	void restored() {
		this.restored = true;
	}

	/** Whether the other side knows of the stream. */
	boolean isOpened() {
		return this.restored || hasSentFrames();
	}

	/** The INVOKE is sent to the runner. */
	void begun() {
		this.begun = true;
	}

	boolean isBegun() {
		return this.begun;
	}

	/** Whether the runner is gone, and the other side was told to stop. */
	boolean isInterrupted() {
		return this.interrupted;
	}

	/** Takes note that the other side is told to stop; false when it was told before. */
	boolean interrupt() {
		boolean first = !this.interrupted;
		if (first) {
			this.interrupted = true;
			this.runner.streamInterrupted();
		}
		return first;
	}

	/** The end of the stream on this side. */
	Runner runner() {
		return this.runner;
	}

	int localId() {
		return this.localId;
	}

	/** Whether this side is the caller. */
	public boolean isOwn() {
		return this.own;
	}

	@Override
	public int id() {
		return this.id;
	}

	@Override
	public void item(Frame.Item frame, Bytes body, Metadata metadata) {
		throw new IllegalStateException("Frames of a remote stream are passed on");
	}

	@Override
	public void failed(ActionException error) {
		throw new IllegalStateException("Frames of a remote stream are passed on");
	}

	@Override
	public void credit(long items) {
		throw new IllegalStateException("Frames of a remote stream are passed on");
	}

	@Override
	public void breakOff(ActionException reason) {
		throw new IllegalStateException("Frames of a remote stream are passed on");
	}

	@Override
	public void resume() {
		// Frames come as the runner sends them.
	}

	@Override
	public void abandon(ActionException reason) {
		if (this.own) {
			this.owner.tell(this, new Frame.Error(this.id, reason.code(), reason.isRetryable(), reason.hasMaybeRun(),
					Bytes.EMPTY, reason.text()));
		}
		else {
			this.owner.tell(this, new Frame.Interrupt(this.id, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		}
		this.owner.closed(this);
	}

	/** Whether a frame of the other side ends the stream. */
	boolean isEndedBy(Frame frame) {
		return frame.type() == FrameType.ERROR || (this.own && frame instanceof Frame.Item && frame.end());
	}

}
