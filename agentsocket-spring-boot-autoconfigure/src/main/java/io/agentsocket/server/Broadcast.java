package io.agentsocket.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * An event for all its subscribers, here and in the other pods: encoded once in each
 * codec, so that all agents with the same codec get the same bytes.
 *
 * @param name name of the event
 * @param payloads its payload by the name of the codec; empty bytes for none
 */
record Broadcast(String name, Map<String, Bytes> payloads) {

	static Broadcast of(String name, @Nullable Object payload, Collection<Codec> codecs) {
		Map<String, Bytes> payloads = new LinkedHashMap<>();
		codecs.forEach((codec) -> payloads.put(codec.name(), (payload != null) ? codec.encode(payload) : Bytes.EMPTY));
		return new Broadcast(name, payloads);
	}

	/**
	 * Send the event to its subscribers.
	 * @param sessions sessions of this pod
	 * @param unsent is told of those to which it cannot be sent
	 * @return to how many it was sent
	 */
	int sendTo(Collection<ServerSession> sessions, UnsentEvents unsent) {
		int sent = 0;
		for (ServerSession session : sessions) {
			if (session.subscriptions().contains(this.name)) {
				sent += sendTo(session, unsent) ? 1 : 0;
			}
		}
		return sent;
	}

	private boolean sendTo(ServerSession session, UnsentEvents unsent) {
		Bytes payload = this.payloads.get(session.peer().codec().name());
		if (payload == null) {
			unsent.add(this.name, session.state().id(), "codec",
					"the pod that publishes it does not have the codec of the session");
			return false;
		}
		try {
			session.peer().events().sendEncoded(this.name, payload);
			return true;
		}
		catch (ActionException ex) {
			unsent.add(this.name, session.state().id(), String.valueOf(ex.errorCode()),
					String.valueOf(ex.getMessage()));
			return false;
		}
	}

	Bytes pack() {
		try {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			DataOutputStream out = new DataOutputStream(bytes);
			out.writeUTF(this.name);
			out.writeInt(this.payloads.size());
			for (Map.Entry<String, Bytes> payload : this.payloads.entrySet()) {
				out.writeUTF(payload.getKey());
				out.writeInt(payload.getValue().length());
				out.write(payload.getValue().toArray());
			}
			return Bytes.of(bytes.toByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static Broadcast unpack(Bytes packed) {
		try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packed.toArray()))) {
			String name = in.readUTF();
			Map<String, Bytes> payloads = new LinkedHashMap<>();
			for (int left = in.readInt(); left > 0; left--) {
				String codec = in.readUTF();
				payloads.put(codec, Bytes.of(in.readNBytes(in.readInt())));
			}
			return new Broadcast(name, payloads);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
