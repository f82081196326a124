package io.agentsocket.mcp;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The way back to the request that waits for a call, wherever its client is connected. It
 * ends once, with a result, with questions or with an error; a later one is left out.
 * Thread-safe.
 */
interface Reply {

	/** How the client is spoken to. */
	Revision revision();

	/** Whether the client shows forms to its user when a result asks for it. */
	boolean takesForms();

	/**
	 * Sets the task for when the client closes the response before it is complete; it
	 * happens at once, when the client has done so.
	 */
	void onCancel(Runnable cancelled);

	/** Sets the task for when the client takes events again. */
	void onRoom(Runnable room);

	/**
	 * Time after which an answer becomes a stream, so that comments keep it open and show
	 * when the client has gone.
	 */
	Duration LONG = Duration.ofSeconds(1);

	/** Begins to wait: a response that takes {@link #LONG} becomes a stream. */
	void await();

	/** The response has taken {@link #LONG} already. */
	void takesLong();

	/**
	 * Tell how far the call has come, if the client wants to know.
	 * @param progress more than the last time, or nothing is told
	 * @param total its total, or {@code null}
	 * @param text a literal, or {@code null}
	 * @return whether the client takes the event
	 */
	boolean progress(double progress, @Nullable Double total, @Nullable Bytes text);

	/**
	 * End the response with a result.
	 * @param members members of the result
	 * @param over runs once, when nothing of the result is held here any more: it was
	 * written, or nobody reads it
	 */
	void result(Bytes members, Runnable over);

	/**
	 * End the response with a result that nobody counts.
	 * @param members members of the result
	 */
	default void result(Bytes members) {
		result(members, () -> {
		});
	}

	/**
	 * End the response with questions.
	 * @param members the questions, and the state that the client brings back
	 */
	void questions(Bytes members);

	/** End the response with an error. */
	void error(RpcError error);

}
