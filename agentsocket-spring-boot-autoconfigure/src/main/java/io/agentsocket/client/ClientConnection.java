package io.agentsocket.client;

import java.time.Duration;

import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.Attachment;
import io.agentsocket.connection.Liveness;
import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.transport.TransportListener;
import io.agentsocket.transport.WebSocketTransport;
import org.apache.commons.logging.Log;
import reactor.util.context.Context;

/**
 * A socket of the client: says HELLO, waits for WELCOME, then hands everything to the
 * peer. Implements the client's half of section 6 of {@code docs/protocol.md}.
 */
final class ClientConnection implements TransportListener {

	private static final Log logger = PrintableLog.of(ClientConnection.class);

	/** No close frame came: nobody has chosen the code. */
	private static final int BROKEN = 1006;

	private final ConnectionHost host;

	private final Attempt attempt;

	private final WebSocketTransport transport;

	private final Peer peer;

	private boolean helloSent;

	private volatile boolean welcomed;

	ClientConnection(ConnectionHost host, Attempt attempt, WebSocketTransport transport) {
		this.host = host;
		this.attempt = attempt;
		this.transport = transport;
		this.peer = host.peer();
	}

	@Override
	public void writable() {
		if (this.helloSent) {
			this.peer.writable();
			return;
		}
		this.helloSent = true;
		this.peer.execute(() -> {
			if (!this.host.isAwaited(this.attempt)) {
				close(CloseCode.DRAIN, "Nobody waits for this connection");
				return;
			}
			FrameWriter writer = new FrameWriter(512);
			writer.write(new Frame.Hello(this.attempt.hello(this.host.hello()).encode(this.peer.codec())), true);
			Bytes message = writer.take();
			// The peer's loop is not on the executor of this connection yet.
			this.transport.executor().execute(() -> this.transport.write(message));
		});
	}

	@Override
	public void message(Bytes message) {
		if (this.welcomed) {
			this.peer.receive(this.transport, message);
			return;
		}
		try {
			welcome(message);
		}
		catch (ProtocolException ex) {
			close(ex.closeCode(), String.valueOf(ex.getMessage()));
		}
		catch (CodecException ex) {
			close(CloseCode.PROTOCOL, "WELCOME cannot be decoded");
		}
		catch (IllegalArgumentException ex) {
			close(CloseCode.PROTOCOL, "WELCOME: " + ex.getMessage());
		}
	}

	private void welcome(Bytes message) {
		Limits limits = this.host.limits();
		FrameReader reader = new FrameReader(message, limits);
		if (!(reader.next() instanceof Frame.Welcome frame)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "The first frame is WELCOME");
		}
		Welcome welcome = Welcome.decode(this.peer.codec(), frame.body());
		Limits remote = welcome.limits();
		Bytes rest = message.slice(reader.frameSize(), message.length() - reader.frameSize());
		this.welcomed = true;
		this.peer.execute(() -> {
			if (!this.host.isAwaited(this.attempt)) {
				close(CloseCode.DRAIN, "Nobody waits for this connection");
				return;
			}
			try {
				this.host.welcome(welcome);
			}
			catch (ProtocolException ex) {
				close(ex.closeCode(), String.valueOf(ex.getMessage()));
				return;
			}
			Duration keepalive = (welcome.keepalive() >= 0) ? Duration.ofMillis(welcome.keepalive())
					: Liveness.KEEP_ALIVE;
			this.peer
				.attach(new Attachment(this.transport, remote, Bytes.EMPTY, welcome.rx(), keepalive, Context.empty()));
			if (welcome.status() != Welcome.Status.NEW) {
				this.peer.requestAck();
			}
			this.host.connected(this.attempt, welcome);
		});
		if (!rest.isEmpty()) {
			// From here: the next message may come before the loop has run that task.
			this.peer.receive(this.transport, rest);
		}
	}

	@Override
	public void text() {
		close(CloseCode.PROTOCOL, "Text messages are not allowed");
	}

	/** Close before the peer uses the connection, or through it. */
	void close(CloseCode code, String rule) {
		this.peer.execute(() -> {
			if (logger.isDebugEnabled()) {
				logger.debug("Closing with " + code.code() + ": " + rule);
			}
			this.peer.close(this.transport, code, rule);
			this.transport.executor().execute(() -> this.transport.close(code.code(), rule));
		});
	}

	@Override
	public void closed(int closeCode, String reason, boolean here) {
		this.attempt.closed(reason);
		closed(closeCode, here || closeCode == BROKEN);
	}

	@Override
	public void closed(int closeCode) {
		closed(closeCode, true);
	}

	private void closed(int closeCode, boolean here) {
		this.peer.detached(this.transport, closeCode, here);
		this.host.closed(this.attempt, closeCode);
	}

}
