package io.agentsocket.connection;

import java.time.Duration;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import reactor.util.context.ContextView;

/**
 * A connection that a peer begins to use.
 *
 * @param transport the connection
 * @param remote limits of the other side
 * @param firstMessage sent before everything else (WELCOME), or empty
 * @param received highest number that the other side has accepted
 * @param keepalive time without sending after which the server asks for a sign of life
 * @param context Reactor context of the connection, seen by actions
 */
public record Attachment(Transport transport, Limits remote, Bytes firstMessage, long received, Duration keepalive,
		ContextView context) {

}
