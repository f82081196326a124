package io.agentsocket.security;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;

import io.agentsocket.Await;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.RawSocket;
import org.jspecify.annotations.Nullable;

/**
 * An agent that says what a test wants, frame by frame, as a browser could.
 */
final class RawAgent implements AutoCloseable {

	private static final Duration TIMEOUT = Await.LONG;

	private static final JacksonCodec CODEC = JacksonCodec.json();

	private final RawSocket socket;

	private final Deque<Frame> frames = new ArrayDeque<>();

	private int stream = -1;

	/** Code of the close, 0 while there is none. */
	private int closeCode;

	private @Nullable Welcome welcome;

	RawAgent(int port) {
		this.socket = new RawSocket(port, "agentsocket.v1.json");
	}

	/** Say HELLO with a token. */
	RawAgent hello(@Nullable String auth) {
		return hello(auth, null);
	}

	/** Say HELLO with a token, to go on with a session. */
	RawAgent hello(@Nullable String auth, Hello.@Nullable Resume resume) {
		send(new Frame.Hello(
				new Hello(auth, resume, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null).encode(CODEC)));
		if (next() instanceof Frame.Welcome frame) {
			this.welcome = Welcome.decode(CODEC, frame.body());
		}
		return this;
	}

	Welcome welcome() {
		return Objects.requireNonNull(this.welcome, () -> "Closed with " + this.closeCode);
	}

	int closeCode() {
		return this.closeCode;
	}

	/** Wait for the close. */
	int closed() {
		while (this.closeCode == 0) {
			next();
		}
		return this.closeCode;
	}

	void send(Frame frame) {
		FrameWriter writer = new FrameWriter(512);
		writer.write(frame, true);
		this.socket.send(writer.take().exactArray());
	}

	/** Invoke an action. */
	int invoke(Frame.Ref ref, @Nullable Map<String, ?> arguments, Bytes metadata) {
		this.stream += 2;
		send(new Frame.Invoke(this.stream, true, ref, metadata,
				(arguments != null) ? CODEC.encodeMap(Map.copyOf(arguments)) : Bytes.EMPTY));
		return this.stream;
	}

	/**
	 * The answer of an action: its item, {@code error} and a code, or {@code close} and a
	 * code.
	 */
	String call(String action, Map<String, ?> arguments) {
		return answer(invoke(Frame.Ref.name(action), arguments, Bytes.EMPTY));
	}

	String call(String action) {
		return call(action, Map.of());
	}

	/** The answer on a stream. */
	String answer(int id) {
		while (true) {
			Frame frame = next();
			if (frame == null) {
				return "close " + this.closeCode;
			}
			if (frame instanceof Frame.Item item && item.streamId() == id) {
				return item.body().toUtf8();
			}
			if (frame instanceof Frame.Error error && error.streamId() == id) {
				return "error " + error.code() + (error.mayHaveRun() ? " may have run" : "");
			}
		}
	}

	/** The next frame; null when the connection is closed. */
	@Nullable Frame next() {
		try {
			if (this.frames.isEmpty() && this.closeCode == 0) {
				RawSocket.Received received = Objects.requireNonNull(this.socket.next(TIMEOUT), "Nothing came");
				if (received.isClose()) {
					this.closeCode = received.closeCode();
					return null;
				}
				FrameReader reader = new FrameReader(Bytes.of(Objects.requireNonNull(received.message())),
						Limits.CLIENT);
				for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
					this.frames.add(frame);
				}
			}
			return this.frames.poll();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.socket.close();
	}

}
