package io.agentsocket.connection.stream;

import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The peer as its streams see it: the few things that change while they run. All else
 * that they need is in the {@link StreamContext}.
 */
public interface StreamHost {

	/** Reactor context of the latest connection; from any thread. */
	ContextView context();

	/** Why the session has ended here; null while it has not. */
	@Nullable ActionException ended();

	/**
	 * Whether there is a way to the other side: a connection, or the owner of the session
	 * in another pod.
	 */
	boolean isReachable();

	/** This side has no further stream ids: only another session has. */
	void idsUsedUp();

	/** A call waits for its turn. */
	void callWaits();

	/**
	 * Whether a call failed only because the peer had gone away before: nothing of it was
	 * sent.
	 * @param error the error of the call
	 */
	boolean isRetired(Throwable error);

	/** Whether events are on their way into the loop, which no item may overtake. */
	boolean hasEventsUnderway();

	/**
	 * Send an event behind those that were submitted before.
	 * @param name its name
	 * @param payload its payload, or {@code null}
	 * @param direct whether nothing of the stream is on its way into the loop
	 * @param cause the invocation that sends it
	 */
	void sendEvent(String name, @Nullable Object payload, boolean direct, Stream cause);

}
