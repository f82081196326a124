package io.agentsocket.connection;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamHost;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Tells the other side of actions of this side, and of the aliases that it may use for
 * them. Public methods may be called from any thread. Implements sections 5.5 and 8.3 of
 * {@code docs/protocol.md}.
 */
public final class ActionAnnouncer {

	private final PeerLoop loop;

	private final SendQueue sendQueue;

	private final Aliases ownAliases;

	private final Codec codec;

	private final StreamHost host;

	ActionAnnouncer(PeerLoop loop, SendQueue sendQueue, Aliases ownAliases, Codec codec, StreamHost host) {
		this.loop = loop;
		this.sendQueue = sendQueue;
		this.ownAliases = ownAliases;
		this.codec = codec;
		this.host = host;
	}

	/**
	 * Tell the other side that an action has become available.
	 * @param name its name
	 * @param descriptor its descriptor, as maps and lists
	 * @param catalogHash hash of the catalog after the change, or {@code null} if another
	 * change follows
	 */
	public void announce(String name, Object descriptor, @Nullable String catalogHash) {
		announce(name, this.codec.encode(descriptor), catalogHash);
	}

	/**
	 * Tell the other side that an action has become available.
	 * @param name its name
	 * @param encoded its descriptor in the codec of the session
	 * @param catalogHash hash of the catalog after the change, or {@code null} if another
	 * change follows
	 */
	public void announce(String name, Bytes encoded, @Nullable String catalogHash) {
		Bytes metadata = metadata(catalogHash);
		this.loop.execute(() -> {
			if (this.host.ended() == null) {
				int alias = this.ownAliases.define(name, this.sendQueue.remote().aliases());
				this.sendQueue.add(new Frame.Define(alias, name, metadata, encoded), null);
			}
		});
	}

	/**
	 * Tell the other side that an action is no longer available.
	 * @param name its name
	 * @param catalogHash hash of the catalog after the change, or {@code null} if another
	 * change follows
	 */
	public void withdraw(String name, @Nullable String catalogHash) {
		Bytes metadata = metadata(catalogHash);
		this.loop.execute(() -> {
			if (this.host.ended() == null) {
				int alias = this.ownAliases.withdraw(name);
				this.sendQueue.add(new Frame.Define(alias, (alias != 0) ? "" : name, metadata, Bytes.EMPTY), null);
			}
		});
	}

	private Bytes metadata(@Nullable String catalogHash) {
		return (catalogHash != null) ? this.codec.encodeMetadata(Metadata.ofCatalog(catalogHash)) : Bytes.EMPTY;
	}

	/** Gives a name an alias for the other side to use, if there is none yet. */
	void define(String name) {
		int limit = this.sendQueue.remote().aliases();
		int alias = (name.length() <= this.sendQueue.remote().name()) ? this.ownAliases.define(name, limit) : 0;
		if (alias != 0) {
			this.sendQueue.add(new Frame.Define(alias, name, Bytes.EMPTY, Bytes.EMPTY), null);
		}
	}

}
