package io.agentsocket.springai;

import io.agentsocket.codec.Progress;

/**
 * Sees the work of a remote tool while the model waits for its result, for example to
 * show it to the person who has asked. Called on the event loop of the connection, so it
 * must not block; an exception that it throws is logged and does not end the call.
 */
public interface RemoteToolListener {

	/**
	 * The call is being sent.
	 * @param call the call
	 */
	default void started(RemoteToolCall call) {
	}

	/**
	 * The tool told how far it has come.
	 * @param call the call
	 * @param progress how far
	 */
	default void progress(RemoteToolCall call, Progress progress) {
	}

	/**
	 * The tool sent an item of a stream, a piece of text or some bytes. The model gets
	 * all of them when the stream has ended.
	 * @param call the call
	 * @param item a map, list, text, number, boolean or {@code byte[]}
	 */
	default void item(RemoteToolCall call, Object item) {
	}

	/**
	 * The model gets a result, which may tell of a failure.
	 * @param call the call
	 * @param result text for the model
	 */
	default void ended(RemoteToolCall call, String result) {
	}

}
