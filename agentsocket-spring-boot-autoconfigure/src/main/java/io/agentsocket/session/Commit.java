package io.agentsocket.session;

import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.StoredSession.LogEntry;
import org.jspecify.annotations.Nullable;

/**
 * A step of a session that becomes durable as a whole.
 *
 * @param number one more than that of the step before; the first one is 1
 * @param received highest number accepted from the agent
 * @param sent highest number given to a frame for the agent
 * @param acknowledged highest number that the agent is known to have; entries of the log
 * that end at or below it are forgotten
 * @param appended new entries of the log
 * @param records records to write
 * @param removed keys of records to remove
 * @param taken number of messages of the inbox that were taken, counted since the session
 * was opened; they are forgotten
 * @param newLog id of the new log when the session was reset with this step: what the log
 * held before is forgotten. {@code null} otherwise
 */
@Internal
public record Commit(long number, long received, long sent, long acknowledged, List<LogEntry> appended,
		Map<String, Bytes> records, Set<String> removed, long taken, @Nullable String newLog) {

	public Commit {
		appended = List.copyOf(appended);
		records = Map.copyOf(records);
		removed = Set.copyOf(removed);
	}

}
