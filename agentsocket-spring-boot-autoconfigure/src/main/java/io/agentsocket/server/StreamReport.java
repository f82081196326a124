package io.agentsocket.server;

import java.util.stream.Stream;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Printable;
import org.jspecify.annotations.Nullable;

/**
 * An open invocation as an operator sees it. No argument or result is part of it.
 *
 * @param session id of its session
 * @param action name of the action, or {@code null} when only the pod that runs it knows
 * it
 * @param direction {@code in} for an action that an agent has invoked, {@code out} for an
 * action of an agent
 * @param millis for how long it has been open here
 * @param waitsForAgent whether something of the agent is outstanding: the answer to a
 * question or an invocation, or credit for results
 */
@Internal
public record StreamReport(String session, @Nullable String action, String direction, long millis,
		boolean waitsForAgent) {

	/** Names have at most so many characters, unless they are none. */
	private static final int MAX_NAME = 128;

	/** The open invocations of a session, the oldest one first. */
	static Stream<StreamReport> of(ServerSession session) {
		String id = session.state().id();
		return session.peer()
			.openStreams()
			.stream()
			.map((stream) -> new StreamReport(id, printable(stream.action()), stream.served() ? "in" : "out",
					stream.age().toMillis(), stream.waits()));
	}

	/** A tool may invoke what an agent has told it to. */
	private static @Nullable String printable(@Nullable String action) {
		return (action != null) ? Printable.of(action, MAX_NAME) : null;
	}

}
