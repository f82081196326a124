package io.agentsocket.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * An event for all who subscribed to it, on its way to the other pods.
 *
 * @param name name of the event
 * @param payload its payload as maps, lists and simple values, or {@code null}
 */
record Broadcast(String name, @Nullable Object payload) {

	static Bytes pack(String name, @Nullable Object payload, Codec codec) {
		try {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			DataOutputStream out = new DataOutputStream(bytes);
			out.writeUTF(name);
			out.writeUTF(codec.name());
			if (payload != null) {
				out.write(codec.encode(payload).toArray());
			}
			return Bytes.of(bytes.toByteArray());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static Broadcast unpack(Bytes packed, Function<String, Codec> codecs) {
		try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packed.toArray()))) {
			String name = in.readUTF();
			Codec codec = codecs.apply(in.readUTF());
			Bytes payload = Bytes.of(in.readAllBytes());
			return new Broadcast(name, payload.isEmpty() ? null : codec.decode(payload, Object.class));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
