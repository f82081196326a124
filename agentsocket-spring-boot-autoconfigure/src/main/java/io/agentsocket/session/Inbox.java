package io.agentsocket.session;

import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;

/**
 * Messages that wait in the inbox of a session.
 *
 * @param taken number of messages before them, taken or read, counted since the session
 * was opened
 * @param messages the messages that follow, in order
 */
@Internal
public record Inbox(long taken, List<Bytes> messages) {

	public Inbox {
		messages = List.copyOf(messages);
	}

}
