package io.agentsocket.servlet;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.agentsocket.log.PrintableLog;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import org.apache.commons.logging.Log;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a connection of Jetty, which takes the place of the one that spoke HTTP.
 */
final class JettyConnection extends AbstractConnection implements Connection.UpgradeTo, ByteChannel {

	private static final Log logger = PrintableLog.of(JettyConnection.class);

	private final Callback readable = Callback.from(this::onFillable, this::onFillInterestedFailed);

	private final Opened opened;

	/** Bytes that came right behind the upgrade request, until they are read. */
	private @Nullable ByteBuffer early;

	/** The last write is done; set on any thread. */
	private volatile boolean written;

	private volatile @Nullable Throwable writeFailure;

	private JettyConnection(EndPoint endPoint, Connector connector, Function<ByteChannel, Opened> opened) {
		super(endPoint, connector.getExecutor());
		this.opened = opened.apply(this);
	}

	static void upgrade(HttpServletRequest request, Function<ByteChannel, Opened> opened) throws ServletException {
		Request core = ServletContextRequest.getServletContextRequest(request);
		ConnectionMetaData metaData = core.getConnectionMetaData();
		if (metaData.getHttpVersion() != HttpVersion.HTTP_1_1) {
			throw new ServletException("Only HTTP/1.1 can be upgraded");
		}
		Connector connector = metaData.getConnector();
		JettyConnection connection = new JettyConnection(metaData.getConnection().getEndPoint(), connector, opened);
		connector.getEventListeners().forEach(connection::addEventListener);
		Request.unWrap(core).setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
	}

	@Override
	public void onUpgradeTo(ByteBuffer buffer) {
		ByteBuffer kept = ByteBuffer.allocate(buffer.remaining());
		this.early = kept.put(buffer).flip();
	}

	@Override
	public void onOpen() {
		super.onOpen();
		this.opened.start();
		this.opened.socket().readable();
	}

	@Override
	public void onFillable() {
		this.opened.socket().readable();
	}

	@Override
	public void onFillInterestedFailed(Throwable cause) {
		this.opened.socket().lost(cause);
	}

	@Override
	public void onClose(@Nullable Throwable cause) {
		super.onClose(cause);
		this.opened.socket().lost(cause);
	}

	/** Nothing expires here: the keepalive of the protocol sees to it. */
	@Override
	public boolean onIdleExpired(TimeoutException timeout) {
		return false;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		ByteBuffer kept = this.early;
		buffer.clear();
		if (kept != null) {
			int count = Math.min(kept.remaining(), buffer.remaining());
			buffer.put(kept.slice(kept.position(), count)).flip();
			kept.position(kept.position() + count);
			this.early = kept.hasRemaining() ? kept : null;
			return count;
		}
		// Jetty fills behind what is there, and leaves the buffer for reading.
		return getEndPoint().fill(buffer.limit(0));
	}

	@Override
	public void awaitReadable() {
		tryFillInterested(this.readable);
	}

	@Override
	public boolean write(ByteBuffer... buffers) throws IOException {
		if (getEndPoint().flush(buffers)) {
			return true;
		}
		this.written = false;
		getEndPoint().write(Callback.from(this::writeSucceeded, this::writeFailed), buffers);
		// It may be done before there is somebody to tell.
		return isWritten();
	}

	private void writeSucceeded() {
		this.written = true;
		this.opened.socket().writable();
	}

	private void writeFailed(Throwable cause) {
		this.writeFailure = cause;
		this.opened.socket().writable();
	}

	@Override
	public boolean isWritten() throws IOException {
		Throwable failure = this.writeFailure;
		if (failure != null) {
			throw new IOException(failure);
		}
		return this.written;
	}

	@Override
	public void reset() {
		// A reset: the kernel would go on with what the peer does not take.
		Object transport = getEndPoint().getTransport();
		while (transport instanceof EndPoint below) {
			// With TLS there is another end point below.
			transport = below.getTransport();
		}
		if (transport instanceof SocketChannel channel) {
			try {
				channel.setOption(StandardSocketOptions.SO_LINGER, 0);
			}
			catch (IOException ex) {
				logger.debug("The connection is closed already", ex);
			}
		}
		getEndPoint().close();
	}

}
