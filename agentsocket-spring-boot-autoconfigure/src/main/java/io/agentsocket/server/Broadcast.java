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
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * An event for all its subscribers, here and in the other pods: encoded once in each
 * codec, so that all agents with the same codec get the same bytes.
 *
 * @param name name of the event
 * @param payloads its payload by the name of the codec; empty bytes for none
 */
record Broadcast(String name, Map<String, Bytes> payloads) {

	private static final Log logger = PrintableLog.of(Broadcast.class);

	static Broadcast of(String name, @Nullable Object payload, Collection<Codec> codecs) {
		Map<String, Bytes> payloads = new LinkedHashMap<>();
		codecs.forEach((codec) -> payloads.put(codec.name(), (payload != null) ? codec.encode(payload) : Bytes.EMPTY));
		return new Broadcast(name, payloads);
	}

	/**
	 * Send the event to its subscribers.
	 * @param sessions sessions of this pod
	 * @return to how many it was sent
	 */
	int sendTo(Collection<ServerSession> sessions) {
		int sent = 0;
		for (ServerSession session : sessions) {
			if (session.subscriptions().contains(this.name)) {
				sent += sendTo(session) ? 1 : 0;
			}
		}
		return sent;
	}

	private boolean sendTo(ServerSession session) {
		Bytes payload = this.payloads.get(session.peer().codec().name());
		try {
			if (payload != null) {
				session.peer().events().sendEncoded(this.name, payload);
				return true;
			}
			logger.warn("Event " + this.name + " is not sent to session " + session.state().id()
					+ ": the pod that publishes it does not have the codec of the session");
		}
		catch (ActionException ex) {
			logger.warn(
					"Event " + this.name + " is not sent to session " + session.state().id() + ": " + ex.getMessage());
		}
		return false;
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
