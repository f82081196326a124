package io.agentsocket.connection.sequence;

import io.agentsocket.protocol.Frame;

/**
 * Frames with other ids or references, for their way between pods.
 */
public final class Frames {

	private Frames() {
	}

	/** Tells a follower which log the stream ids belong to. */
	public static Frame log(String id) {
		return new Frame.GoAway(0, 0, 0, id);
	}

	/** The same frame for another stream id. */
	public static Frame withStream(Frame frame, int id) {
		if (frame.streamId() == id) {
			return frame;
		}
		if (frame instanceof Frame.Item item) {
			return new Frame.Item(item.type(), id, item.end(), item.metadata(), item.body());
		}
		if (frame instanceof Frame.Invoke invoke) {
			return new Frame.Invoke(id, invoke.end(), invoke.ref(), invoke.metadata(), invoke.arguments());
		}
		if (frame instanceof Frame.Error error) {
			return new Frame.Error(id, error.code(), error.retryable(), error.mayHaveRun(), error.metadata(),
					error.text());
		}
		if (frame instanceof Frame.Interrupt interrupt) {
			return new Frame.Interrupt(id, interrupt.mode(), interrupt.metadata(), interrupt.text());
		}
		if (frame instanceof Frame.Credit credit) {
			return new Frame.Credit(id, credit.items());
		}
		if (frame instanceof Frame.Part part) {
			return new Frame.Part(id, part.body());
		}
		throw new IllegalArgumentException("Not of a stream: " + frame.type());
	}

	/** The same INVOKE or EVENT with another reference to the name. */
	public static Frame withRef(Frame frame, Frame.Ref ref) {
		if (frame instanceof Frame.Invoke invoke) {
			return new Frame.Invoke(invoke.streamId(), invoke.end(), ref, invoke.metadata(), invoke.arguments());
		}
		if (frame instanceof Frame.Event event) {
			return new Frame.Event(ref, event.metadata(), event.payload());
		}
		throw new IllegalArgumentException("No reference in " + frame.type());
	}

}
