package io.agentsocket.connection.takeover;

import io.agentsocket.protocol.Frame;

/**
 * Takes frames of the other side to the streams that are here, whichever way the frames
 * came. Called in the peer's loop.
 */
public interface FrameReceiver {

	/** Takes a frame to its stream. */
	void accept(Frame frame);

	/** Runs an invocation that the owner of the session has accepted. */
	void serve(Frame.Invoke frame);

	/**
	 * Runs a call here whose runner is gone.
	 * @param call the call
	 * @param now milliseconds since 1970
	 * @return {@code false} when it cannot run again
	 */
	boolean runAgain(RecordedCall call, long now);

	/** Refuses a stream of which only parts of the arguments have arrived. */
	void refuseParts(int streamId);

}
