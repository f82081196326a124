package io.agentsocket.server;

import io.agentsocket.Await;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The words of an agent over a {@link RawSocket}: it says what a test lets it say, and
 * nothing by itself.
 */
final class RawAgent {

	static final Codec CBOR = JacksonCodec.cbor();

	private RawAgent() {
	}

	/** A message of one frame. */
	static byte[] message(Frame frame) {
		FrameWriter writer = new FrameWriter(64);
		writer.write(frame, true);
		return writer.take().toArray();
	}

	static byte[] hello(Hello.@Nullable Resume resume) {
		return hello(resume, Limits.CLIENT);
	}

	static byte[] hello(Hello.@Nullable Resume resume, Limits limits) {
		Hello hello = new Hello(null, resume, Capacity.of(limits, Limits.CLIENT), null, null);
		return message(new Frame.Hello(hello.encode(CBOR)));
	}

	/** Resume a session in which nothing was sent yet. */
	static Hello.Resume resume(Welcome last, long attempt) {
		return new Hello.Resume(last.session(), last.token(), last.log(), 0, 0, 1, attempt);
	}

	/** The next message, which is no close. */
	static byte[] next(RawSocket socket) throws InterruptedException {
		RawSocket.Received received = socket.next(Await.LONG);
		assertThat(received).isNotNull();
		assertThat(received.closeCode()).isZero();
		return received.message();
	}

	static Welcome welcome(RawSocket socket) throws InterruptedException {
		Frame frame = new FrameReader(Bytes.of(next(socket)), Limits.CLIENT).next();
		return Welcome.decode(CBOR, ((Frame.Welcome) frame).body());
	}

	/** Begin a session and wait for WELCOME. */
	static Welcome open(RawSocket socket) throws InterruptedException {
		socket.send(hello(null));
		return welcome(socket);
	}

	/** The code of the close, whatever is said before. */
	static int closeCode(RawSocket socket) throws InterruptedException {
		while (true) {
			RawSocket.Received received = socket.next(Await.LONG);
			assertThat(received).isNotNull();
			if (received.isClose()) {
				return received.closeCode();
			}
		}
	}

}
