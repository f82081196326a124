package io.agentsocket.codec;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;

/**
 * Body of HELLO. Implements section 6.1 of {@code docs/protocol.md}.
 *
 * @param auth bearer token, or {@code null}
 * @param resume session to go on with, or {@code null} for a new one
 * @param capacity limits of the client as a receiver
 * @param catalog hash of the server's catalog as the client knows it, or {@code null}
 * @param client name and version of the client, or {@code null}
 */
@Internal
public record Hello(@Nullable String auth, @Nullable Resume resume, Capacity capacity, @Nullable String catalog,
		@Nullable Software client) {

	private static final int MAX_TEXT = Limits.HELLO;

	/**
	 * Decode the body of a HELLO frame. Unknown keys are ignored.
	 * @param codec the codec of the connection
	 * @param body the body
	 * @return the content
	 * @throws CodecException if the body is malformed, or with a pointer to the key whose
	 * value has the wrong type or is out of range
	 */
	public static Hello decode(Codec codec, Bytes body) {
		Fields fields = Fields.of(codec.decodeMap(body));
		return new Hello(fields.text("auth", MAX_TEXT), Resume.read(fields.map("resume")),
				Capacity.read(fields, Limits.CLIENT), fields.text("catalog", Welcome.MAX_HASH),
				Software.read(fields.map("client")));
	}

	/**
	 * Encode the body of a HELLO frame.
	 * @param codec the codec of the connection
	 * @return the body
	 */
	public Bytes encode(Codec codec) {
		Fields.Writer writer = new Fields.Writer();
		writer.put("auth", this.auth);
		writer.put("resume", (this.resume != null) ? this.resume.toMap() : null);
		this.capacity.write(writer);
		writer.put("catalog", this.catalog);
		writer.put("client", (this.client != null) ? this.client.toMap() : null);
		return codec.encodeMap(writer.map());
	}

	/**
	 * Limits that the server keeps to when it sends.
	 * @return the client's limits, defaults filled in
	 */
	public Limits limits() {
		Limits limits = this.capacity.limits(Limits.CLIENT);
		// Shared by all that declare nothing.
		return limits.equals(Limits.CLIENT) ? Limits.CLIENT : limits;
	}

	/** Does not show the tokens. */
	@Override
	public String toString() {
		return "Hello[resume=" + this.resume + ", capacity=" + this.capacity + ", catalog=" + this.catalog + ", client="
				+ this.client + "]";
	}

	/**
	 * Which session to go on with, and from where.
	 *
	 * @param session id of the session
	 * @param token resume token of the last WELCOME
	 * @param log id of the pair of number sequences
	 * @param rx highest number of the server's frames that the client has accepted
	 * @param tx highest number that the client has sent
	 * @param first lowest number of its own frames that the client still holds,
	 * {@code tx + 1} if none
	 * @param attempt counts the HELLOs with this token, from 1; 0 if the client does not
	 * count
	 */
	public record Resume(String session, String token, String log, long rx, long tx, long first, long attempt) {

		static @Nullable Resume read(@Nullable Fields fields) {
			if (fields == null) {
				return null;
			}
			return new Resume(fields.requiredText("session", MAX_TEXT), fields.requiredText("token", MAX_TEXT),
					fields.requiredText("log", MAX_TEXT), fields.requiredInteger("rx", 0, Varint.MAX_COUNTER),
					fields.requiredInteger("tx", 0, Varint.MAX_COUNTER),
					fields.requiredInteger("first", 0, Varint.MAX_COUNTER),
					Math.max(0, fields.integer("attempt", 0, Varint.MAX_COUNTER)));
		}

		Map<String, Object> toMap() {
			return new Fields.Writer().put("session", this.session)
				.put("token", this.token)
				.put("log", this.log)
				.put("rx", this.rx)
				.put("tx", this.tx)
				.put("first", this.first)
				.put("attempt", (this.attempt > 0) ? this.attempt : null)
				.map();
		}

		/** Does not show the token. */
		@Override
		public String toString() {
			return "Resume[session=" + this.session + ", log=" + this.log + ", rx=" + this.rx + ", tx=" + this.tx
					+ ", first=" + this.first + "]";
		}

	}

}
