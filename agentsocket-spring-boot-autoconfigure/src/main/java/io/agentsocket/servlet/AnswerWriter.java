package io.agentsocket.servlet;

import java.io.IOException;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.protocol.Bytes;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;

/**
 * Writes an answer: at once, when it is there before the container's thread leaves, else
 * without holding a thread, event by event as the client takes them. A client that is
 * gone cancels the answer. Thread-safe.
 */
final class AnswerWriter implements WriteListener, AsyncListener {

	private static final Log logger = PrintableLog.of(AnswerWriter.class);

	private final HttpServletRequest request;

	private final HttpServletResponse response;

	private final Disposable.Swap waiting = Disposables.swap();

	private final Events events = new Events();

	/** The answer, while the container's thread has not left. */
	private @Nullable McpAnswer early;

	/** Runs when the answer was written, or will not be. */
	private Runnable waitingForIt = () -> {
	};

	private @Nullable AsyncContext async;

	private @Nullable ServletOutputStream out;

	private @Nullable Bytes pending;

	private boolean unflushed;

	private boolean wanting;

	private boolean completed;

	private boolean written;

	private boolean over;

	AnswerWriter(HttpServletRequest request, HttpServletResponse response) {
		this.request = request;
		this.response = response;
	}

	/** Writes a whole answer on the container's thread. */
	static void writeNow(HttpServletResponse response, McpAnswer answer) throws IOException {
		try {
			head(response, answer);
			Bytes body = answer.body();
			if (!body.isEmpty()) {
				response.setContentLength(body.length());
				response.getOutputStream().write(body.array(), body.offset(), body.length());
			}
		}
		finally {
			answer.over().run();
		}
	}

	private static void head(HttpServletResponse response, McpAnswer answer) {
		response.setStatus(answer.status());
		answer.headers().forEach((name, value) -> {
			if (name.equals(HttpHeaders.CONTENT_TYPE)) {
				response.setContentType(value);
			}
			else {
				response.setHeader(name, value);
			}
		});
	}

	/** Writes an answer as soon as it comes. Called on the container's thread. */
	void write(Mono<McpAnswer> answer) throws IOException {
		this.waiting.update(answer.subscribe(this::answered, this::failed));
		McpAnswer whole;
		RuntimeException failure = null;
		synchronized (this) {
			whole = this.early;
			if (whole == null || whole.events() != null) {
				try {
					AsyncContext begun = this.request.startAsync(this.request, this.response);
					begun.setTimeout(0);
					begun.addListener(this);
					this.async = begun;
				}
				catch (RuntimeException ex) {
					this.over = true;
					failure = ex;
				}
			}
		}
		if (failure != null) {
			discard(whole);
			throw failure;
		}
		if (whole != null) {
			if (whole.events() != null) {
				stream(whole);
			}
			else {
				writeNow(this.response, whole);
			}
		}
	}

	/** Cancels the answer, which cannot be written, also when it is there already. */
	private void discard(@Nullable McpAnswer answer) {
		this.events.cancel();
		this.waiting.dispose();
		Flux<Bytes> made = (answer != null) ? answer.events() : null;
		if (made != null) {
			made.subscribe(this.events);
		}
		if (answer != null) {
			answer.over().run();
		}
	}

	private void answered(McpAnswer answer) {
		boolean unwanted;
		synchronized (this) {
			unwanted = this.over && this.async == null;
			if (!unwanted && this.async == null) {
				this.early = answer;
				return;
			}
		}
		if (unwanted) {
			discard(answer);
			return;
		}
		stream(answer);
	}

	private void failed(Throwable error) {
		logger.error("An answer has failed", error);
		answered(McpAnswer.failed());
	}

	private void stream(McpAnswer answer) {
		boolean late;
		synchronized (this) {
			late = this.over;
			this.waitingForIt = answer.over();
		}
		if (late) {
			answer.over().run();
		}
		Flux<Bytes> events = answer.events();
		// First of all: a failure from here on cancels them.
		((events != null) ? events : Flux.just(answer.body()).filter((body) -> !body.isEmpty())).subscribe(this.events);
		try {
			head(this.response, answer);
			if (events == null) {
				this.response.setContentLength(answer.body().length());
			}
			ServletOutputStream stream = this.response.getOutputStream();
			synchronized (this) {
				this.out = stream;
			}
			stream.setWriteListener(this);
		}
		catch (IOException | RuntimeException ex) {
			onError(ex);
		}
	}

	@Override
	public void onWritePossible() {
		drain();
	}

	/** Does all that can be done without waiting, on one thread at a time. */
	private void drain() {
		boolean wants;
		do {
			Throwable failure = null;
			synchronized (this) {
				if (this.over || this.out == null) {
					return;
				}
				try {
					wants = step(this.out);
				}
				catch (IOException | RuntimeException ex) {
					wants = false;
					failure = ex;
				}
			}
			if (failure != null) {
				end(failure);
			}
			else if (wants) {
				this.events.request(1);
			}
			else if (isWritten()) {
				end(null);
			}
		}
		while (wants);
	}

	/** Writes all events that there are; returns whether the next event is wanted. */
	private boolean step(ServletOutputStream stream) throws IOException {
		while (stream.isReady()) {
			Bytes event = this.pending;
			if (event != null) {
				this.pending = null;
				this.unflushed = true;
				this.wanting = true;
				stream.write(event.array(), event.offset(), event.length());
			}
			else if (this.unflushed) {
				this.unflushed = false;
				stream.flush();
			}
			else {
				boolean wants = this.wanting && !this.completed;
				this.wanting = false;
				this.written = this.completed;
				return wants;
			}
		}
		return false;
	}

	private synchronized boolean isWritten() {
		return this.written;
	}

	@Override
	public void onError(Throwable error) {
		end(error);
	}

	/** Ends the response; a later end does nothing. */
	private void end(@Nullable Throwable error) {
		AsyncContext begun;
		Runnable told;
		synchronized (this) {
			if (this.over) {
				return;
			}
			this.over = true;
			begun = this.async;
			told = this.waitingForIt;
		}
		if (error != null) {
			logger.debug("A client is gone before its answer was complete", error);
		}
		this.events.cancel();
		this.waiting.dispose();
		told.run();
		if (begun != null) {
			complete(begun);
		}
	}

	private static void complete(AsyncContext begun) {
		try {
			begun.complete();
		}
		catch (IllegalStateException ex) {
			logger.trace("The request is completed already", ex);
		}
	}

	@Override
	public void onComplete(AsyncEvent event) {
		onError(new IOException("The container has completed the request"));
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		ended(event, new IOException("The container has ended the request"));
	}

	@Override
	public void onError(AsyncEvent event) {
		Throwable error = event.getThrowable();
		ended(event, (error != null) ? error : new IOException("The container has ended the request"));
	}

	/**
	 * The container ends the request. It is completed here in any case: a container makes
	 * an error page otherwise, also while another thread is about to complete it.
	 */
	private void ended(AsyncEvent event, Throwable error) {
		end(error);
		complete(event.getAsyncContext());
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		// Nobody starts it again.
	}

	/** Takes events one by one. */
	private final class Events extends BaseSubscriber<Bytes> {

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			synchronized (AnswerWriter.this) {
				AnswerWriter.this.wanting = true;
			}
		}

		@Override
		protected void hookOnNext(Bytes event) {
			synchronized (AnswerWriter.this) {
				AnswerWriter.this.pending = event;
			}
			drain();
		}

		@Override
		protected void hookOnComplete() {
			synchronized (AnswerWriter.this) {
				AnswerWriter.this.completed = true;
			}
			drain();
		}

		@Override
		protected void hookOnError(Throwable error) {
			logger.error("A stream of events has failed", error);
			hookOnComplete();
		}

	}

}
