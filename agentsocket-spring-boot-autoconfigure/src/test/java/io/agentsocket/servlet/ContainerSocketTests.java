package io.agentsocket.servlet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.transport.TransportListener;
import io.agentsocket.transport.WebSocketTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A socket on the bytes of a container that suspends, is slow, fails or closes in the
 * middle of each frame.
 */
class ContainerSocketTests {

	private static final byte[] MESSAGE = "a message".getBytes(StandardCharsets.US_ASCII);

	private final FakeChannel channel = new FakeChannel();

	private final ContainerSocket socket = new ContainerSocket(this.channel, 1 << 16);

	private final Heard heard = new Heard();

	private final List<WebSocketTransport> transports = Collections.synchronizedList(new ArrayList<>());

	private final CountDownLatch served = new CountDownLatch(1);

	private void start() {
		start(Duration.ofSeconds(2));
	}

	private void start(Duration closeTimeout) {
		this.socket.start(WebSocketTransport.serve(() -> this.socket, closeTimeout, (transport) -> {
			this.transports.add(transport);
			return this.heard;
		}).doOnTerminate(this.served::countDown));
		this.socket.readable();
	}

	private WebSocketTransport transport() {
		return this.transports.get(0);
	}

	/** A frame whose mask is zero. */
	private static byte[] frame(int first, byte[] payload) {
		return ByteBuffer.allocate(6 + payload.length)
			.put((byte) first)
			.put((byte) (0x80 | payload.length))
			.putInt(0)
			.put(payload)
			.array();
	}

	private static byte[] close(int code) {
		return frame(0x88, new byte[] { (byte) (code >> 8), (byte) code });
	}

	private void arrive(byte[] bytes) {
		this.channel.arrive(bytes);
		this.socket.readable();
	}

	private void write(Bytes message) {
		this.socket.executor().execute(() -> this.transport().write(message));
	}

	@Test
	void messagesAreReceivedAndSent() {
		start();
		arrive(frame(0x82, MESSAGE));
		Await.until(() -> this.heard.messages.size() == 1);
		assertThat(this.heard.messages.get(0)).isEqualTo("a message");
		write(Bytes.of(MESSAGE));
		Await.until(() -> this.channel.written().length == 2 + MESSAGE.length);
		assertThat(this.channel.written()).startsWith(0x82, MESSAGE.length).endsWith(MESSAGE);
	}

	/** Bytes arrive one by one, and the connection closes behind each of them. */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 16, 17, 20 })
	void aConnectionThatEndsInTheMiddleOfAFrameIsBroken(int count) {
		start();
		byte[] two = Arrays.copyOf(frame(0x82, MESSAGE), 30);
		System.arraycopy(frame(0x82, MESSAGE), 0, two, 15, 15);
		for (int i = 0; i < count; i++) {
			arrive(new byte[] { two[i] });
		}
		this.channel.end();
		this.socket.readable();
		Await.until(this.served);
		assertThat(this.heard.messages).hasSize(count / 15);
		assertThat(this.heard.closes).containsExactly(1006);
		Await.until(() -> this.channel.closed);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 5, 6, 14 })
	void aConnectionThatFailsInTheMiddleOfAFrameIsBroken(int count) {
		start();
		arrive(Arrays.copyOf(frame(0x82, MESSAGE), count));
		this.channel.fail();
		this.socket.readable();
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(1006);
		Await.until(() -> this.channel.closed);
	}

	@Test
	void aContainerThatLosesTheConnectionEndsIt() {
		start();
		arrive(Arrays.copyOf(frame(0x82, MESSAGE), 7));
		this.socket.lost(null);
		this.socket.lost(new IOException("again"));
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(1006);
	}

	@Test
	void aFailureOfTheContainerEndsTheConnection() {
		start();
		this.channel.failure = new IllegalStateException("Not expected");
		this.socket.readable();
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(1006);
		Await.until(() -> this.channel.closed);
	}

	@Test
	void aCloseIsAnsweredWithItsCode() {
		start();
		arrive(close(1001));
		Await.until(this.served);
		assertThat(this.channel.written()).containsExactly(0x88, 2, 1001 >> 8, 1001 & 0xFF);
		assertThat(this.heard.closes).containsExactly(1001);
		Await.until(() -> this.channel.closed);
	}

	@Test
	void aCloseOfThisSideWaitsForTheAnswer() {
		start();
		transport().close(4000, "Drained");
		Await.until(() -> this.channel.written().length > 0);
		assertThat(this.channel.written()).startsWith(0x88, 2 + 7, 4000 >> 8, 4000 & 0xFF);
		arrive(frame(0x82, MESSAGE));
		arrive(close(4000));
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(4000);
	}

	@Test
	void aPeerThatDoesNotAnswerACloseIsNotWaitedForLong() {
		start();
		transport().close(4000, "Drained");
		Await.until(this.served);
		Await.until(() -> this.channel.closed);
		assertThat(this.heard.closes).containsExactly(4000);
	}

	@Test
	void aPeerThatReadsSlowlySeesTheCode() {
		start(Await.LONG);
		this.channel.blocked = true;
		write(Bytes.of(MESSAGE));
		transport().close(4000, "Drained");
		Await.pass(Duration.ofMillis(2500), "the connection must not be closed: longer than the time for an answer");
		assertThat(this.channel.closed).isFalse();
		this.channel.blocked = false;
		this.socket.writable();
		Await.until(() -> this.channel.written().length == 2 + MESSAGE.length + 4 + 7);
		arrive(close(4000));
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(4000);
	}

	@Test
	void aPeerThatNeverReadsIsClosedByForceInTime() {
		start(Duration.ofMillis(100));
		this.channel.blocked = true;
		write(Bytes.of(MESSAGE));
		transport().close(4000, "Drained");
		Await.until(this.served);
		Await.until(() -> this.channel.reset);
	}

	@Test
	void aBrokenRuleIsAnsweredWithItsCode() {
		start();
		arrive(new byte[] { (byte) 0xF2, (byte) 0x80 });
		Await.until(this.served);
		assertThat(this.channel.written()).startsWith(0x88).contains(1002 >> 8, 1002 & 0xFF);
		assertThat(this.heard.closes).containsExactly(1002);
	}

	@Test
	void aTextIsTold() {
		start();
		arrive(frame(0x81, MESSAGE));
		Await.until(() -> this.heard.texts == 1);
	}

	@Test
	void onlyTheLatestOfSeveralPingsIsAnswered() {
		start();
		ByteArrayOutputStream pings = new ByteArrayOutputStream();
		for (int i = 0; i < 100; i++) {
			pings.writeBytes(frame(0x89, new byte[] { (byte) i }));
		}
		arrive(pings.toByteArray());
		Await.until(() -> this.channel.written().length > 0);
		assertThat(this.channel.written()).containsExactly(0x8A, 1, 99);
	}

	@Test
	void tooManyControlFramesEndTheConnection() {
		start();
		ByteArrayOutputStream pings = new ByteArrayOutputStream();
		for (int i = 0; i < 300; i++) {
			pings.writeBytes(frame(0x8A, new byte[0]));
		}
		arrive(pings.toByteArray());
		Await.until(this.served);
		assertThat(this.heard.closes).containsExactly(4507);
	}

	/** A peer that does not read holds no more than a few messages here. */
	@Test
	void aContainerThatDoesNotWriteStopsTheSender() {
		this.channel.blocked = true;
		start();
		List<Integer> sent = new ArrayList<>();
		CountDownLatch full = new CountDownLatch(1);
		this.socket.executor().execute(() -> {
			while (transport().isWritable()) {
				transport().write(Bytes.of(new byte[1000]));
				sent.add(1);
			}
			full.countDown();
		});
		Await.until(full);
		assertThat(sent.size()).isBetween(1, 64);
		assertThat(this.heard.writable).isLessThanOrEqualTo(1);
		int before = this.heard.writable;
		this.channel.blocked = false;
		this.socket.writable();
		Await.until(() -> this.heard.writable > before);
		Await.until(() -> this.channel.written().length == sent.size() * 1004);
	}

	@Test
	void aPeerThatTakesNothingIsClosedByForce() {
		this.channel.blocked = true;
		start();
		write(Bytes.of(new byte[1000]));
		transport().close(4000, "");
		Await.until(this.served);
		assertThat(this.channel.reset).isTrue();
		assertThat(this.heard.closes).containsExactly(4000);
	}

	/** While one thread is in the loop, no other one reads. */
	@Test
	void nothingIsReadWhileTheLoopIsBusyAndNoThreadWaits() throws Exception {
		start();
		CountDownLatch inLoop = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		this.socket.executor().execute(() -> {
			inLoop.countDown();
			Await.until(goOn);
		});
		Await.until(inLoop);
		this.channel.arrive(frame(0x82, MESSAGE));
		int before = this.channel.reads;
		// The thread of the container comes back at once.
		this.socket.readable();
		assertThat(this.channel.reads).isEqualTo(before);
		assertThat(this.heard.messages).isEmpty();
		goOn.countDown();
		Await.until(() -> this.heard.messages.size() == 1);
	}

	/** An engine that has much to do lets others in after a part of it. */
	@Test
	void nothingIsReadWhileTheEngineHasMoreToDo() {
		start();
		CountDownLatch done = new CountDownLatch(1);
		List<Integer> reads = Collections.synchronizedList(new ArrayList<>());
		this.socket.executor().execute(() -> this.socket.executor().execute(new Runnable() {

			private int rounds = 100;

			@Override
			public void run() {
				if (this.rounds == 100) {
					ContainerSocketTests.this.channel.arrive(frame(0x82, MESSAGE));
					ContainerSocketTests.this.socket.readable();
				}
				reads.add(ContainerSocketTests.this.channel.reads);
				if (--this.rounds > 0) {
					ContainerSocketTests.this.socket.executor().execute(this);
				}
				else {
					done.countDown();
				}
			}

		}));
		Await.until(done);
		assertThat(reads).hasSize(100).containsOnly(reads.get(0));
		Await.until(() -> this.heard.messages.size() == 1);
	}

	/** The bytes of a container that does what a test wants. */
	private static final class FakeChannel implements ByteChannel {

		private final Deque<byte[]> arrived = new ArrayDeque<>();

		private final ByteArrayOutputStream written = new ByteArrayOutputStream();

		private final List<ByteBuffer> held = new ArrayList<>();

		private volatile boolean ended;

		private volatile boolean failed;

		private volatile RuntimeException failure;

		private volatile boolean blocked;

		private volatile boolean closed;

		private volatile boolean reset;

		private volatile int reads;

		synchronized void arrive(byte[] bytes) {
			this.arrived.add(bytes);
		}

		void end() {
			this.ended = true;
		}

		void fail() {
			this.failed = true;
		}

		synchronized byte[] written() {
			return this.written.toByteArray();
		}

		@Override
		public synchronized int read(ByteBuffer buffer) throws IOException {
			this.reads++;
			if (this.failure != null) {
				throw this.failure;
			}
			byte[] bytes = this.arrived.poll();
			buffer.clear();
			if (bytes != null) {
				buffer.put(bytes).flip();
				return (bytes.length > 0) ? bytes.length : 0;
			}
			if (this.failed) {
				throw new IOException("Connection reset");
			}
			return this.ended ? -1 : 0;
		}

		@Override
		public void awaitReadable() {
			// The test tells.
		}

		@Override
		public synchronized boolean write(ByteBuffer... buffers) {
			this.held.addAll(List.of(buffers));
			return isWritten();
		}

		@Override
		public synchronized boolean isWritten() {
			if (this.blocked) {
				return false;
			}
			for (ByteBuffer buffer : this.held) {
				this.written.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
			}
			this.held.clear();
			return true;
		}

		@Override
		public void close() {
			this.closed = true;
		}

		@Override
		public void reset() {
			this.reset = true;
			this.closed = true;
		}

	}

	private static final class Heard implements TransportListener {

		private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

		private final List<Integer> closes = Collections.synchronizedList(new ArrayList<>());

		private volatile int texts;

		private volatile int writable;

		@Override
		public void message(Bytes message) {
			this.messages.add(message.toUtf8());
		}

		@Override
		public void text() {
			this.texts++;
		}

		@Override
		public void writable() {
			this.writable++;
		}

		@Override
		public void closed(int closeCode) {
			this.closes.add(closeCode);
		}

	}

}
