package io.agentsocket.codec;

import java.util.Locale;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import org.jspecify.annotations.Nullable;

/**
 * Body of WELCOME. Implements section 6.2 of {@code docs/protocol.md}.
 *
 * @param status outcome for the session
 * @param session id of the session
 * @param token resume token; replaces the previous one
 * @param log id of the pair of number sequences
 * @param rx highest number of the client's frames that the server has accepted; 0 when
 * absent
 * @param next number of the next numbered frame that the server sends; 1 when absent
 * @param ttl milliseconds that the session is kept without a connection, or -1 for the
 * default
 * @param keepalive milliseconds of silence after which the server pings, or -1 for the
 * default
 * @param capacity limits of the server as a receiver
 * @param aliases aliases of the client that the server accepts, or -1 for the default
 * @param catalog the actions on offer to this client, or {@code null} when not told
 * @param server name and version of the server, or {@code null}
 * @param expires milliseconds until the credential of the client expires, or -1 when it
 * does not
 */
@Internal
public record Welcome(Status status, String session, String token, String log, long rx, long next, long ttl,
		long keepalive, Capacity capacity, long aliases, @Nullable Catalog catalog, @Nullable Software server,
		long expires) {

	static final int MAX_HASH = 32;

	private static final int MAX_ID = 64;

	private static final int MAX_TOKEN = 128;

	/** The shortest keepalive, in milliseconds. */
	public static final long MIN_KEEPALIVE = 1000;

	/**
	 * Create one for a client whose credential does not expire.
	 */
	public Welcome(Status status, String session, String token, String log, long rx, long next, long ttl,
			long keepalive, Capacity capacity, long aliases, @Nullable Catalog catalog, @Nullable Software server) {
		this(status, session, token, log, rx, next, ttl, keepalive, capacity, aliases, catalog, server, -1);
	}

	/**
	 * Decode the body of a WELCOME frame. Unknown keys are ignored.
	 * @param codec the codec of the connection
	 * @param body the body
	 * @return the content
	 * @throws CodecException if the body is malformed, or with a pointer to the key that
	 * is missing or whose value has the wrong type or is out of range
	 */
	public static Welcome decode(Codec codec, Bytes body) {
		Fields fields = Fields.of(codec.decodeMap(body));
		return new Welcome(Status.read(fields), fields.requiredText("session", MAX_ID),
				fields.requiredText("token", MAX_TOKEN), fields.requiredText("log", MAX_ID),
				Math.max(fields.integer("rx", 0, Varint.MAX_COUNTER), 0),
				Math.max(fields.integer("next", 1, Varint.MAX_COUNTER), 1), fields.integer("ttl", 0, Varint.MAX_INT),
				fields.integer("keepalive", MIN_KEEPALIVE, Varint.MAX_INT), Capacity.read(fields, Limits.SERVER),
				fields.integer("aliases", 0, Varint.MAX_INT), Catalog.read(fields.map("catalog")),
				Software.read(fields.map("server")), fields.integer("expires", 0, Varint.MAX_INT));
	}

	/**
	 * Encode the body of a WELCOME frame.
	 * @param codec the codec of the connection
	 * @return the body
	 */
	public Bytes encode(Codec codec) {
		Fields.Writer writer = new Fields.Writer();
		writer.put("status", this.status.text());
		writer.put("session", this.session);
		writer.put("token", this.token);
		writer.put("log", this.log);
		writer.put("rx", this.rx);
		writer.put("next", this.next);
		writer.put("ttl", this.ttl);
		writer.put("keepalive", this.keepalive);
		this.capacity.write(writer);
		writer.put("aliases", this.aliases);
		if (this.catalog != null) {
			writer.put("catalog",
					new Fields.Writer().put("hash", this.catalog.hash()).put("size", this.catalog.size()).map());
		}
		writer.put("server", (this.server != null) ? this.server.toMap() : null);
		writer.put("expires", this.expires);
		return codec.encodeMap(writer.map());
	}

	/**
	 * Limits that the client keeps to when it sends.
	 * @return the server's limits, defaults filled in
	 */
	public Limits limits() {
		Limits limits = this.capacity.limits(Limits.SERVER);
		int aliases = (this.aliases >= 0) ? (int) Math.min(this.aliases, 1 << 20) : limits.aliases();
		return new Limits(limits.message(), limits.frame(), limits.item(), limits.assembly(), limits.streams(),
				limits.items(), limits.window(), aliases, limits.name(), limits.metadata(), limits.depth());
	}

	/** Does not show the token. */
	@Override
	public String toString() {
		return "Welcome[status=" + this.status + ", session=" + this.session + ", log=" + this.log + ", rx=" + this.rx
				+ ", next=" + this.next + ", ttl=" + this.ttl + ", keepalive=" + this.keepalive + ", capacity="
				+ this.capacity + ", aliases=" + this.aliases + ", catalog=" + this.catalog + ", server=" + this.server
				+ ", expires=" + this.expires + "]";
	}

	/**
	 * Outcome for the session that the client asked for.
	 */
	public enum Status {

		/** A new session; none was to be resumed. */
		NEW,

		/** The session goes on; both sides replay the frames that the other lacks. */
		RESUMED,

		/** The session could not be resumed: numbers and aliases start anew. */
		RESET;

		private String text() {
			return name().toLowerCase(Locale.ROOT);
		}

		private static Status read(Fields fields) {
			String text = fields.requiredText("status", MAX_ID);
			for (Status status : values()) {
				if (status.text().equals(text)) {
					return status;
				}
			}
			throw fields.failure("status", "expected one of new, resumed, reset");
		}

	}

	/**
	 * The server's offer to this client.
	 *
	 * @param hash changes when the offer changes, at most {@value #MAX_HASH} bytes; or
	 * {@code null} when not told
	 * @param size number of actions, or -1 when not told
	 */
	public record Catalog(@Nullable String hash, long size) {

		static @Nullable Catalog read(@Nullable Fields fields) {
			if (fields == null) {
				return null;
			}
			return new Catalog(fields.text("hash", MAX_HASH), fields.integer("size", 0, Varint.MAX_INT));
		}

	}

}
