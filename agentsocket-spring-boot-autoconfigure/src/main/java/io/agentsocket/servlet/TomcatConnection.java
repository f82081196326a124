package io.agentsocket.servlet;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.function.Function;

import io.agentsocket.log.PrintableLog;
import jakarta.servlet.http.WebConnection;
import org.apache.commons.logging.Log;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a connection of Tomcat, in the way of Tomcat's own WebSocket layer. The
 * connection is never with the poller unless somebody waits for bytes.
 */
public final class TomcatConnection implements InternalHttpUpgradeHandler, ByteChannel {

	private static final Log logger = PrintableLog.of(TomcatConnection.class);

	private @Nullable SocketWrapperBase<?> wrapper;

	private @Nullable Function<ByteChannel, Opened> opened;

	private @Nullable ContainerSocket socket;

	/** Used by Tomcat. */
	public TomcatConnection() {
	}

	void begin(Function<ByteChannel, Opened> opened) {
		this.opened = opened;
	}

	private SocketWrapperBase<?> wrapper() {
		SocketWrapperBase<?> present = this.wrapper;
		if (present == null) {
			throw new IllegalStateException("The connection is not upgraded");
		}
		return present;
	}

	@Override
	public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
		this.wrapper = wrapper;
	}

	@Override
	public void init(WebConnection connection) {
		Function<ByteChannel, Opened> begun = this.opened;
		if (begun != null) {
			this.opened = null;
			Opened created = begun.apply(this);
			this.socket = created.socket();
			created.start();
		}
	}

	@Override
	public SocketState upgradeDispatch(SocketEvent status) {
		ContainerSocket present = this.socket;
		if (present == null) {
			return SocketState.CLOSED;
		}
		switch (status) {
			case OPEN_READ -> present.readable();
			case OPEN_WRITE -> present.writable();
			default -> {
				present.lost(null);
				return SocketState.CLOSED;
			}
		}
		// Suspended: the poller gets the connection from awaitReadable() only.
		return wrapper().isClosed() ? SocketState.CLOSED : SocketState.SUSPENDED;
	}

	@Override
	public void destroy() {
		ContainerSocket present = this.socket;
		if (present != null) {
			present.lost(null);
		}
	}

	@Override
	public void timeoutAsync(long now) {
		// Nothing times out here: the keepalive of the protocol does.
	}

	@Override
	public void setSslSupport(SSLSupport sslSupport) {
		// The request has identified the peer.
	}

	@Override
	public void pause() {
		// The endpoint drains by itself.
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		buffer.clear();
		try {
			int count = wrapper().read(false, buffer);
			buffer.flip();
			return count;
		}
		catch (EOFException ex) {
			return -1;
		}
	}

	@Override
	public void awaitReadable() {
		if (!wrapper().isClosed()) {
			wrapper().registerReadInterest();
		}
	}

	@Override
	public boolean write(ByteBuffer... buffers) throws IOException {
		for (ByteBuffer buffer : buffers) {
			wrapper().write(false, buffer);
		}
		return isWritten();
	}

	@Override
	public boolean isWritten() throws IOException {
		boolean left = wrapper().flush(false);
		if (left) {
			wrapper().registerWriteInterest();
		}
		return !left;
	}

	@Override
	public void close() {
		wrapper().close();
	}

	@Override
	public void reset() {
		// A reset: the kernel would go on with what the peer does not take.
		if (wrapper().getSocket() instanceof NioChannel channel && channel.getIOChannel() != null) {
			try {
				channel.getIOChannel().setOption(StandardSocketOptions.SO_LINGER, 0);
			}
			catch (IOException ex) {
				logger.debug("The connection is closed already", ex);
			}
		}
		wrapper().close();
	}

}
