package io.agentsocket.servlet;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.protocol.Bytes;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.mock.web.MockAsyncContext;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Answers that cannot be written are cancelled.
 */
class AnswerWriterTests {

	private final AtomicInteger cancelled = new AtomicInteger();

	private final AtomicInteger over = new AtomicInteger();

	private final MockHttpServletRequest request = new MockHttpServletRequest();

	private final McpAnswer stream = new McpAnswer(200, Map.of(), Bytes.EMPTY,
			Flux.<Bytes>never().doOnCancel(this.cancelled::incrementAndGet), this.over::incrementAndGet);

	@Test
	void aRequestThatCannotWaitCancelsTheStream() {
		assertThatIllegalStateException().isThrownBy(
				() -> new AnswerWriter(this.request, new MockHttpServletResponse()).write(Mono.just(this.stream)));
		assertThat(this.cancelled).hasValue(1);
		assertThat(this.over).hasPositiveValue();
	}

	@Test
	void aRequestThatCannotWaitCancelsTheAnswer() {
		assertThatIllegalStateException().isThrownBy(() -> new AnswerWriter(this.request, new MockHttpServletResponse())
			.write(Mono.<McpAnswer>never().doOnCancel(this.cancelled::incrementAndGet)));
		assertThat(this.cancelled).hasValue(1);
	}

	@Test
	void aResponseWithoutAStreamCancelsTheEvents() throws IOException {
		this.request.setAsyncSupported(true);
		HttpServletResponse response = new HttpServletResponseWrapper(new MockHttpServletResponse()) {

			@Override
			public ServletOutputStream getOutputStream() throws IOException {
				throw new IOException("The connection is gone");
			}

		};
		new AnswerWriter(this.request, response).write(Mono.just(this.stream));
		assertThat(this.cancelled).hasValue(1);
		assertThat(this.over).hasPositiveValue();
	}

	@ParameterizedTest
	@EnumSource(Ending.class)
	void aContainerThatEndsTheRequestCancelsTheAnswer(Ending ending) throws IOException {
		this.request.setAsyncSupported(true);
		new AnswerWriter(this.request, new MockHttpServletResponse())
			.write(Mono.<McpAnswer>never().doOnCancel(this.cancelled::incrementAndGet));
		end(ending);
		assertThat(this.cancelled).hasValue(1);
		end(ending);
		assertThat(this.cancelled).hasValue(1);
	}

	@ParameterizedTest
	@EnumSource(Ending.class)
	void aContainerThatEndsTheRequestCancelsTheStream(Ending ending) throws IOException {
		this.request.setAsyncSupported(true);
		HttpServletResponse response = new HttpServletResponseWrapper(new MockHttpServletResponse()) {

			@Override
			public ServletOutputStream getOutputStream() {
				return new Endless();
			}

		};
		new AnswerWriter(this.request, response).write(Mono.just(this.stream));
		assertThat(this.cancelled).hasValue(0);
		end(ending);
		assertThat(this.cancelled).hasValue(1);
		assertThat(this.over).hasPositiveValue();
	}

	@Test
	void aContainerThatEndsTheRequestWhileAWriteFailsMakesNoErrorPage() throws IOException {
		this.request.setAsyncSupported(true);
		AtomicInteger completed = new AtomicInteger();
		Sinks.Many<Bytes> events = Sinks.many().unicast().onBackpressureBuffer();
		HttpServletResponse response = new HttpServletResponseWrapper(new MockHttpServletResponse()) {

			@Override
			public ServletOutputStream getOutputStream() {
				return new Broken();
			}

		};
		// The container notices the broken connection before this side has completed.
		new AnswerWriter(this.request, response)
			.write(Mono.just(new McpAnswer(200, Map.of(), Bytes.EMPTY, events.asFlux().doOnCancel(() -> {
				container(event(completed));
			}), this.over::incrementAndGet)));
		events.tryEmitNext(Bytes.utf8("event"));
		assertThat(completed).hasValue(1);
	}

	/** An event of a context that counts how often it is completed. */
	private AsyncEvent event(AtomicInteger completed) {
		return new AsyncEvent(new MockAsyncContext(this.request, null) {

			@Override
			public void complete() {
				completed.incrementAndGet();
			}

		});
	}

	private void container(AsyncEvent event) {
		MockAsyncContext context = (MockAsyncContext) this.request.getAsyncContext();
		try {
			for (AsyncListener listener : context.getListeners()) {
				listener.onError(event);
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void tell(AsyncListener listener, Ending ending, AsyncEvent event) throws IOException {
		switch (ending) {
			case TIMEOUT -> listener.onTimeout(event);
			case ERROR -> listener.onError(event);
			case COMPLETION -> listener.onComplete(event);
		}
	}

	private void end(Ending ending) throws IOException {
		MockAsyncContext context = (MockAsyncContext) this.request.getAsyncContext();
		assertThat(context.getTimeout()).isZero();
		AsyncEvent event = new AsyncEvent(context);
		for (AsyncListener listener : context.getListeners()) {
			tell(listener, ending, event);
		}
	}

	/** How a container ends a request that has not ended by itself. */
	enum Ending {

		TIMEOUT, ERROR, COMPLETION

	}

	/** A stream of a response whose connection is gone. */
	private static final class Broken extends Endless {

		@Override
		public void write(int octet) throws IOException {
			throw new IOException("The connection is gone");
		}

	}

	/** A stream of a response that takes everything. */
	private static class Endless extends ServletOutputStream {

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			try {
				listener.onWritePossible();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public void write(int octet) throws IOException {
			// It is taken.
		}

	}

}
