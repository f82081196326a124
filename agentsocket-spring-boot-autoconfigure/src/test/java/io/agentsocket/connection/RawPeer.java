package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import io.agentsocket.action.ErrorResolver;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.ManualLoop;
import io.agentsocket.connection.loop.ManualTimer;
import io.agentsocket.connection.takeover.PeerStorage;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The other side of a peer, frame by frame.
 */
final class RawPeer {

	private static final Limits ANY = new Limits(1 << 26, 1 << 24, 1 << 28, 1 << 28, 1024, 32, 1 << 25, 1024, 1024,
			4096, 32);

	final ManualLoop loop = new ManualLoop();

	final ManualTimer timer = new ManualTimer(this.loop);

	final Actions actions = new Actions();

	final RecordingListener listener = new RecordingListener();

	final Codec codec;

	final Peer peer;

	MemoryTransport transport;

	private int read;

	RawPeer(Role role) {
		this(role, (role == Role.SERVER) ? Limits.SERVER : Limits.CLIENT, JacksonCodec.cbor());
	}

	RawPeer(Role role, Limits limits, Codec codec, ErrorResolver... resolvers) {
		this.codec = codec;
		this.peer = TestPeers.create(role, codec, limits, this.actions, this.listener, this.timer, resolvers);
	}

	private RawPeer(PeerStorage storage) {
		this.codec = JacksonCodec.cbor();
		this.peer = TestPeers.create(Role.SERVER, this.codec, Limits.SERVER, this.actions, this.listener, this.timer,
				storage);
	}

	/** A peer in the role of the server that shares its session with others, attached. */
	static RawPeer ofServer(PeerStorage storage) {
		return new RawPeer(storage).attach();
	}

	/** A peer in the role of the server, attached. */
	static RawPeer ofServer() {
		return new RawPeer(Role.SERVER).attach();
	}

	/** A peer in the role of the client, attached. */
	static RawPeer ofClient() {
		return new RawPeer(Role.CLIENT).attach();
	}

	RawPeer attach() {
		return attach((Limits.CLIENT), 0);
	}

	RawPeer attach(Limits remote, long received) {
		this.transport = new MemoryTransport(this.loop, false);
		this.read = 0;
		this.peer.attach(
				new Attachment(this.transport, remote, Bytes.EMPTY, received, TestPeers.KEEP_ALIVE, Context.empty()));
		settle();
		return this;
	}

	RawPeer send(Frame... frames) {
		FrameWriter writer = new FrameWriter(256);
		for (int i = 0; i < frames.length; i++) {
			writer.write(frames[i], i == frames.length - 1);
		}
		return send(writer.take());
	}

	RawPeer hex(String hex) {
		return send(Bytes.of(HexFormat.of().parseHex(hex)));
	}

	RawPeer send(Bytes message) {
		this.peer.receive(this.transport, message);
		settle();
		return this;
	}

	void settle() {
		for (int i = 0; this.loop.runOne(); i++) {
			assertThat(i).as("endless activity").isLessThan(1_000_000);
		}
	}

	void advance(Duration duration) {
		settle();
		this.timer.advance(duration, this::settle);
	}

	/** Messages sent since the last call. */
	List<Bytes> messages() {
		List<Bytes> messages = List.copyOf(this.transport.written.subList(this.read, this.transport.written.size()));
		this.read = this.transport.written.size();
		return messages;
	}

	/** All frames sent since the last call. */
	List<Frame> allFrames() {
		List<Frame> frames = new ArrayList<>();
		for (Bytes message : messages()) {
			FrameReader reader = new FrameReader(message, ANY);
			Frame frame = reader.next();
			while (frame != null) {
				frames.add(frame);
				frame = reader.next();
			}
		}
		return frames;
	}

	/** Frames sent since the last call, without acknowledgements and aliases. */
	List<Frame> frames() {
		return allFrames().stream()
			.filter((frame) -> frame.type() != FrameType.ACK && frame.type() != FrameType.DEFINE)
			.toList();
	}

	<F extends Frame> F only(Class<F> type) {
		List<Frame> frames = frames();
		assertThat(frames).hasSize(1);
		assertThat(frames.get(0)).isInstanceOf(type);
		return type.cast(frames.get(0));
	}

	void assertError(int streamId, int code) {
		Frame.Error error = only(Frame.Error.class);
		assertThat(error.streamId()).isEqualTo(streamId);
		assertThat(error.code()).isEqualTo(code);
		assertThat(this.transport.closeCode).isZero();
	}

	void assertClosed(int code) {
		assertThat(this.transport.closeCode).as(this.transport.closeReason).isEqualTo(code);
	}

	static Frame.Invoke invoke(int id, String name) {
		return new Frame.Invoke(id, true, Frame.Ref.name(name), Bytes.EMPTY, Bytes.EMPTY);
	}

	static Frame.Invoke invokeOpen(int id, String name) {
		return new Frame.Invoke(id, false, Frame.Ref.name(name), Bytes.EMPTY, Bytes.EMPTY);
	}

	static Frame.Item text(int id, String text, boolean end) {
		return new Frame.Item(FrameType.TEXT, id, end, Bytes.EMPTY, Bytes.utf8(text));
	}

	Frame.Item data(int id, Object value, boolean end) {
		return new Frame.Item(FrameType.DATA, id, end, Bytes.EMPTY, this.codec.encode(value));
	}

	static Frame.Item end(int id) {
		return new Frame.Item(FrameType.DATA, id, true, Bytes.EMPTY, Bytes.EMPTY);
	}

	static Frame.Ack ack(long received) {
		return new Frame.Ack(received, -1, false);
	}

}
