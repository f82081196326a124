package io.agentsocket.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/** An agent that opens a session and calls, and does not acknowledge. */
final class RawCaller implements AutoCloseable {

	private final RawSocket socket;

	private final Deque<Frame> frames = new ArrayDeque<>();

	private @Nullable Welcome welcome;

	private int stream = -1;

	RawCaller(TestServer server) {
		this.socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol());
	}

	RawCaller(TestServer server, String principal) {
		this.socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol(),
				Map.of(TestServer.PRINCIPAL, principal));
	}

	RawCaller open() throws InterruptedException {
		this.welcome = RawAgent.open(this.socket);
		return this;
	}

	RawSocket socket() {
		return this.socket;
	}

	Welcome welcome() {
		return Objects.requireNonNull(this.welcome);
	}

	void send(Frame frame) {
		this.socket.send(RawAgent.message(frame));
	}

	int invoke(String action, int bytes) {
		this.stream += 2;
		Bytes arguments = (bytes != 0) ? RawAgent.CBOR.encodeMap(Map.of("x", new byte[bytes])) : Bytes.EMPTY;
		send(new Frame.Invoke(this.stream, true, Frame.Ref.name(action), Bytes.EMPTY, arguments));
		return this.stream;
	}

	Frame answer(int id) throws InterruptedException {
		while (true) {
			if (this.frames.isEmpty()) {
				FrameReader reader = new FrameReader(Bytes.of(RawAgent.next(this.socket)), Limits.CLIENT);
				for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
					this.frames.add(frame);
				}
			}
			Frame frame = this.frames.remove();
			if (frame.streamId() == id) {
				return frame;
			}
		}
	}

	/** The details with which a call was refused for its number; null when it ran. */
	@Nullable Metadata refusal(int id) throws InterruptedException {
		Frame frame = answer(id);
		if (!(frame instanceof Frame.Error error)) {
			return null;
		}
		assertThat(error.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED.code());
		assertThat(error.retryable()).isTrue();
		assertThat(error.mayHaveRun()).isFalse();
		return RawAgent.CBOR.decodeMetadata(frame.metadata());
	}

	/** End the session. */
	void end() throws InterruptedException {
		send(new Frame.GoAway(0, 0, 0, ""));
		assertThat(RawAgent.closeCode(this.socket)).isEqualTo(1000);
	}

	@Override
	public void close() {
		this.socket.close();
	}

}
