package io.agentsocket.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * The way out: frames wait here for the end of the loop's turn, and while the container
 * has not written those before. Asks for no more messages than fit. Belongs to the loop
 * of a socket.
 */
final class OutboundFrames {

	private static final Log logger = PrintableLog.of(OutboundFrames.class);

	/**
	 * Messages that may wait: enough for a turn, and little when a peer does not read.
	 */
	private static final int MAX_WAITING = 16;

	/**
	 * A message of so many bytes does not wait for the end of the turn: the other side
	 * works on it while this one goes on.
	 */
	private static final int FLUSHED_BYTES = 512;

	private final ByteChannel channel;

	private final List<ByteBuffer> waiting = new ArrayList<>(4);

	/** The latest PING that is to be answered: its answer stands for all before it. */
	private byte @Nullable [] ping;

	/** Whether the container still writes. */
	private boolean writing;

	private boolean dropped;

	private @Nullable Sender sender;

	private @Nullable Runnable emptied;

	OutboundFrames(ByteChannel channel) {
		this.channel = channel;
	}

	/** Whether everything has left. */
	boolean isEmpty() {
		return this.dropped || (this.waiting.isEmpty() && this.ping == null && !this.writing);
	}

	/** Run a task once, when everything has left; the latest one counts. */
	void whenEmpty(Runnable task) {
		this.emptied = task;
	}

	void add(ByteBuffer frame) {
		if (!this.dropped) {
			this.waiting.add(frame);
		}
	}

	/** Answer a PING with the next flush, unless another one comes before. */
	void pong(byte[] payload) {
		this.ping = payload;
	}

	/** Nothing is written any more. */
	void drop() {
		if (!this.dropped) {
			this.dropped = true;
			this.waiting.clear();
			if (this.sender != null) {
				this.sender.stop();
			}
		}
	}

	void fail(Throwable cause) {
		this.dropped = true;
		this.waiting.clear();
		if (this.sender != null) {
			this.sender.fail(cause);
		}
	}

	void flush() throws IOException {
		if (this.writing || isEmpty()) {
			return;
		}
		if (this.ping != null) {
			this.waiting.add(ServerFrames.pong(this.ping));
			this.ping = null;
		}
		ByteBuffer[] frames = this.waiting.toArray(new ByteBuffer[0]);
		this.waiting.clear();
		this.writing = !this.channel.write(frames);
		if (!this.writing) {
			done();
		}
	}

	/** The container may have written all that it had. */
	void written() throws IOException {
		if (this.writing && this.channel.isWritten()) {
			this.writing = false;
			done();
			flush();
		}
	}

	private void done() {
		if (this.sender != null) {
			this.sender.written();
		}
		Runnable task = this.emptied;
		if (task != null && isEmpty()) {
			this.emptied = null;
			task.run();
		}
	}

	/**
	 * Send messages.
	 * @return completes when all are with the container, fails when the connection breaks
	 */
	Mono<Void> send(Publisher<Object> messages) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Void> actual) {
				Sender created = new Sender(actual);
				OutboundFrames.this.sender = created;
				actual.onSubscribe(created);
				messages.subscribe(created);
			}

		};
	}

	/** Takes the messages of the engine. */
	private final class Sender implements CoreSubscriber<Object>, Subscription {

		private final CoreSubscriber<? super Void> actual;

		private @Nullable Subscription upstream;

		/** Messages that are not with the container yet. */
		private int taken;

		private boolean completed;

		private boolean over;

		Sender(CoreSubscriber<? super Void> actual) {
			this.actual = actual;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.upstream = subscription;
			if (OutboundFrames.this.dropped) {
				stop();
			}
			else {
				subscription.request(MAX_WAITING);
			}
		}

		@Override
		public void onNext(Object item) {
			if (this.over || OutboundFrames.this.dropped) {
				return;
			}
			Bytes message = (Bytes) item;
			ServerFrames.message(message, OutboundFrames.this.waiting);
			if (++this.taken == MAX_WAITING || message.length() >= FLUSHED_BYTES) {
				try {
					flush();
				}
				catch (IOException ex) {
					// The next one who reads or flushes learns of it, too.
					OutboundFrames.this.fail(ex);
				}
			}
		}

		/** The messages that were taken are with the container. */
		void written() {
			int more = this.taken;
			this.taken = 0;
			if (this.over) {
				return;
			}
			if (this.completed) {
				this.over = true;
				this.actual.onComplete();
			}
			else if (more > 0 && this.upstream != null) {
				this.upstream.request(more);
			}
		}

		@Override
		public void onError(Throwable error) {
			fail(error);
		}

		@Override
		public void onComplete() {
			this.completed = true;
			if (this.taken == 0) {
				written();
			}
			else {
				try {
					flush();
				}
				catch (IOException ex) {
					OutboundFrames.this.fail(ex);
				}
			}
		}

		void fail(Throwable cause) {
			if (!this.over) {
				logger.debug("Sending failed", cause);
				this.over = true;
				cancelUpstream();
				this.actual.onError(cause);
			}
		}

		void stop() {
			if (!this.over) {
				this.over = true;
				cancelUpstream();
				this.actual.onComplete();
			}
		}

		private void cancelUpstream() {
			if (this.upstream != null && !this.completed) {
				this.upstream.cancel();
			}
		}

		@Override
		public void request(long n) {
			// There is nothing to ask for but the end.
		}

		@Override
		public void cancel() {
			this.over = true;
			cancelUpstream();
		}

	}

}
