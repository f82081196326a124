package io.agentsocket.session;

import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;

/**
 * State that the owners of a session have committed so far.
 *
 * @param commit number of the latest commit, 0 when there is none
 * @param received highest number that was accepted from the agent
 * @param sent highest number given to a frame for the agent
 * @param acknowledged highest number that the agent is known to have
 * @param log sent frames that are not acknowledged, in order
 * @param records everything else, by keys of the engine
 * @param taken number of messages that were taken out of the inbox so far
 */
@Internal
public record StoredSession(long commit, long received, long sent, long acknowledged, List<LogEntry> log,
		Map<String, Bytes> records, long taken) {

	public StoredSession {
		log = List.copyOf(log);
		records = Map.copyOf(records);
	}

	/**
	 * A message of the log.
	 *
	 * @param first number of its first frame
	 * @param last number of its last frame
	 * @param frames the frames
	 */
	public record LogEntry(long first, long last, Bytes frames) {

	}

}
