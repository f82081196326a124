package io.agentsocket.connection;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import io.agentsocket.connection.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An open invocation as an operator sees it.
 *
 * @param action name of its action, or {@code null} when only the pod that runs it knows
 * it
 * @param served whether the action runs on this side, or was invoked by it
 * @param age for how long it has been open here
 * @param waits whether something of the other side is outstanding: an answer, or credit
 */
@Internal
public record OpenStream(@Nullable String action, boolean served, Duration age, boolean waits) {

	static OpenStream of(Stream stream, boolean served) {
		return new OpenStream(stream.actionName(), served, Duration.ofNanos(stream.age()), stream.waitsForOther());
	}

}
