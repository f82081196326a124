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
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * An event for all who subscribed to it, here and in the other pods: encoded once in each
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
	 * The payload for sessions with a codec; null if the sending pod does not have it.
	 */
	@Nullable Bytes payload(Codec codec) {
		return this.payloads.get(codec.name());
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
