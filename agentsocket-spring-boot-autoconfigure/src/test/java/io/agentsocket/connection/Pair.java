package io.agentsocket.connection;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.ManualLoop;
import io.agentsocket.connection.loop.ManualTimer;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Limits;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client and a server over a network in memory that does nothing by itself: messages
 * move, and time passes, when the test says so.
 */
final class Pair {

	static final Codec CBOR = JacksonCodec.cbor();

	final ManualLoop clientLoop = new ManualLoop();

	final ManualLoop serverLoop = new ManualLoop();

	final ManualLoop timerLoop = new ManualLoop();

	final ManualTimer timer = new ManualTimer(this.timerLoop);

	final Actions clientActions = new Actions();

	final Actions serverActions = new Actions();

	final RecordingListener clientListener = new RecordingListener();

	final RecordingListener serverListener = new RecordingListener();

	final Limits clientLimits;

	final Limits serverLimits;

	final Peer client;

	Peer server;

	MemoryTransport clientSide;

	MemoryTransport serverSide;

	private AtomicBoolean cable;

	Pair() {
		this(Limits.CLIENT, Limits.SERVER);
	}

	Pair(Limits clientLimits, Limits serverLimits) {
		this(clientLimits, serverLimits, List.of(), List.of());
	}

	/** With interceptors of the client and of the server. */
	Pair(List<ActionInterceptor> ofClient, List<ActionInterceptor> ofServer) {
		this(Limits.CLIENT, Limits.SERVER, ofClient, ofServer);
	}

	private Pair(Limits clientLimits, Limits serverLimits, List<ActionInterceptor> ofClient,
			List<ActionInterceptor> ofServer) {
		this.clientLimits = clientLimits;
		this.serverLimits = serverLimits;
		this.client = TestPeers.create(Role.CLIENT, CBOR, clientLimits, this.clientActions, this.clientListener,
				this.timer, ofClient);
		this.server = TestPeers.create(Role.SERVER, CBOR, serverLimits, this.serverActions, this.serverListener,
				this.timer, ofServer);
	}

	/** Connect for the first time, or resume. */
	Pair connect() {
		settle();
		Position client = this.client.position();
		Position server = this.server.position();
		assertThat(server.canResume(client)).isTrue();
		assertThat(client.canResume(server)).isTrue();
		MemoryTransport clientSide = new MemoryTransport(this.clientLoop, true);
		MemoryTransport serverSide = new MemoryTransport(this.serverLoop, false);
		this.clientSide = clientSide;
		this.serverSide = serverSide;
		AtomicBoolean alive = new AtomicBoolean(true);
		this.cable = alive;
		clientSide.onWrite = (message) -> this.serverLoop.execute(() -> {
			if (alive.get()) {
				this.server.receive(serverSide, message);
			}
		});
		serverSide.onWrite = (message) -> this.clientLoop.execute(() -> {
			if (alive.get()) {
				this.client.receive(clientSide, message);
			}
		});
		clientSide.onClose = () -> this.serverLoop
			.execute(() -> this.server.detached(serverSide, clientSide.closeCode));
		serverSide.onClose = () -> this.clientLoop
			.execute(() -> this.client.detached(clientSide, serverSide.closeCode));
		this.server.attach(new Attachment(serverSide, this.clientLimits, Bytes.EMPTY, client.received(),
				TestPeers.KEEP_ALIVE, Context.empty()));
		this.client.attach(new Attachment(clientSide, this.serverLimits, Bytes.EMPTY, server.received(),
				TestPeers.KEEP_ALIVE, Context.empty()));
		return this;
	}

	/** The server knows nothing any more. */
	void replaceServer() {
		this.server.end(1000, new io.agentsocket.protocol.ActionException(1, "gone"));
		settle();
		this.server = TestPeers.create(Role.SERVER, CBOR, this.serverLimits, this.serverActions, this.serverListener,
				this.timer);
	}

	/** Nothing arrives any more, on both sides. */
	void breakCable() {
		this.cable.set(false);
	}

	/** The connection breaks; what is on the wire is lost. */
	void cut() {
		this.cable.set(false);
		this.client.detached(this.clientSide, 1006);
		this.server.detached(this.serverSide, 1006);
		settle();
	}

	/** Let everything happen that does not need time. */
	void settle() {
		for (int i = 0; step(); i++) {
			assertThat(i).as("endless activity").isLessThan(1_000_000);
		}
	}

	/** Let one thing happen. */
	boolean step() {
		return this.clientLoop.runOne() | this.serverLoop.runOne() | this.timerLoop.runOne();
	}

	void advance(Duration duration) {
		settle();
		this.timer.advance(duration, this::settle);
	}

	/** Nothing is left: streams, queues, timers. */
	void assertClean() {
		// The last acknowledgements.
		advance(Duration.ofSeconds(2));
		TestPeers.assertClean(this.client);
		TestPeers.assertClean(this.server);
		assertThat(TestPeers.unacknowledged(this.client)).isZero();
		assertThat(TestPeers.unacknowledged(this.server)).isZero();
		this.client.end(1000, new io.agentsocket.protocol.ActionException(1, "over"));
		this.server.end(1000, new io.agentsocket.protocol.ActionException(1, "over"));
		settle();
		assertThat(this.timer.pending()).as("timers").isZero();
	}

}
