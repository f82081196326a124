package io.agentsocket.server;

import java.util.Collection;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Commands to all pods: events for whoever subscribed to them, and principals that have
 * to authenticate anew. Each is done here and told to the other pods, which do it for
 * their own sessions. Thread-safe.
 */
final class PodCommands {

	private final LocalSessions sessions;

	private final Collection<Codec> codecs;

	private final UnsentEvents unsent = new UnsentEvents();

	/** The way to the other pods, or {@code null} when there are none. */
	private final @Nullable PodPeers others;

	/**
	 * Create the commands of a server.
	 * @param sessions its sessions
	 * @param codecs codecs that its agents can choose
	 * @param others the way to the other pods, or {@code null} when there are none
	 */
	PodCommands(LocalSessions sessions, Collection<Codec> codecs, @Nullable PodPeers others) {
		this.sessions = sessions;
		this.codecs = codecs;
		this.others = others;
	}

	/**
	 * Send an event to all its subscribers, here and in the other pods.
	 * @return to how many sessions of this pod it was sent
	 */
	int publish(String name, @Nullable Object payload) {
		Broadcast event = Broadcast.of(name, payload, this.codecs);
		tell(event);
		return event.sendTo(this.sessions.served(), this.unsent);
	}

	/** Published events that were not sent to a subscriber of this pod. */
	long unsent() {
		return this.unsent.total();
	}

	/** Close the connections of a principal, here and in the other pods. */
	void reauthenticate(String principal) {
		tell(new Broadcast(Names.AUTHENTICATE, Map.of(Names.AUTHENTICATE, Bytes.utf8(principal))));
		disconnect(principal);
	}

	/** Carry out the command of another pod. */
	void receive(Bytes packed) {
		Broadcast command = Broadcast.unpack(packed);
		// No codec has this name.
		Bytes principal = command.payloads().get(Names.AUTHENTICATE);
		if (principal != null) {
			disconnect(principal.toUtf8());
		}
		else {
			command.sendTo(this.sessions.served(), this.unsent);
		}
	}

	private void tell(Broadcast command) {
		if (this.others != null) {
			this.others.broadcast(command.pack());
		}
	}

	private void disconnect(String principal) {
		for (ServerSession session : this.sessions.served()) {
			if (principal.equals(session.state().principal())) {
				session.peer().execute(() -> session.peer().close(CloseCode.DRAIN, "Authenticated anew"));
			}
		}
	}

}
