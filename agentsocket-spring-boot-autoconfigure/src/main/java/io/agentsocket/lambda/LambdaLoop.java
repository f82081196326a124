package io.agentsocket.lambda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.function.FunctionAnswer;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.function.IncomingRequest;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Takes requests from the Runtime API of AWS Lambda, one after the other, and streams the
 * answers: a custom runtime, which a Lambda behind a function URL with
 * {@code InvokeMode: RESPONSE_STREAM} needs, since the client of AWS for Java does not
 * stream. An answer that fails in its middle ends with trailers that say so.
 */
@Internal
public final class LambdaLoop {

	private static final Log logger = PrintableLog.of(LambdaLoop.class);

	private static final String STREAMED = "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
			+ "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
			+ "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n";

	/** Between the head of the answer, which is JSON, and its body. */
	private static final byte[] END_OF_HEAD = new byte[8];

	/** Lambda ends a process that answers too late, so that the next start is cold. */
	private static final long SPARE_MILLIS = 100;

	/** The longest time that Lambda gives, in milliseconds: 15 minutes. */
	private static final long MAX_MILLIS = 900_000;

	private final RuntimeApi api;

	private final Function<IncomingRequest, Mono<FunctionAnswer>> function;

	private final LambdaEvents events;

	private @Nullable Thread thread;

	private boolean stopping;

	private boolean serving;

	/**
	 * Create a loop.
	 * @param api host and port of the Runtime API, as {@code AWS_LAMBDA_RUNTIME_API} says
	 * @param endpoint answers the requests
	 * @param json codec of events
	 */
	public LambdaLoop(String api, FunctionEndpoint endpoint, Codec json) {
		this(api, endpoint::answer, json);
	}

	LambdaLoop(String api, Function<IncomingRequest, Mono<FunctionAnswer>> function, Codec json) {
		this.api = new RuntimeApi(api);
		this.function = function;
		this.events = new LambdaEvents(json);
	}

	/**
	 * Take requests, on a thread that keeps the process alive.
	 * @param failed told that no further request can be had
	 */
	public synchronized void start(Consumer<Throwable> failed) {
		if (this.thread == null) {
			this.stopping = false;
			this.api.reset();
			this.thread = new Thread(() -> run(failed), "agentsocket-lambda");
			this.thread.start();
		}
	}

	/**
	 * Take no further request, and answer the present one to its end.
	 * @param stopped run when that is done
	 */
	public void stop(Runnable stopped) {
		Thread running;
		synchronized (this) {
			running = this.thread;
			this.stopping = true;
			if (!this.serving) {
				this.api.abort();
			}
		}
		if (running == null) {
			stopped.run();
			return;
		}
		Thread waiter = new Thread(() -> {
			try {
				running.join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			stopped.run();
		}, "agentsocket-lambda-stop");
		waiter.setDaemon(true);
		waiter.start();
	}

	private void run(Consumer<Throwable> failed) {
		Throwable error = null;
		try {
			while (goOn()) {
				RuntimeApi.Answer event = this.api.get(RuntimeApi.INVOCATION + "next");
				synchronized (this) {
					this.serving = true;
				}
				serve(event);
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			// Whatever it is: without this thread the process answers nothing any more.
			error = ex;
		}
		boolean wanted;
		synchronized (this) {
			wanted = this.stopping;
			this.thread = null;
			this.serving = false;
		}
		if (error != null && !wanted) {
			failed.accept(error);
		}
	}

	private synchronized boolean goOn() {
		this.serving = false;
		return !this.stopping;
	}

	private void serve(RuntimeApi.Answer event) throws IOException {
		String id = event.header("lambda-runtime-aws-request-id");
		if (event.status() != 200 || !id.matches("[A-Za-z0-9_-]{1,128}")) {
			throw new IOException("The Runtime API answers " + event.status());
		}
		long deadline = deadline(event.header("lambda-runtime-deadline-ms"));
		Pieces<FunctionAnswer> head = new Pieces<>(deadline);
		try {
			answer(event).subscribe(head);
			FunctionAnswer answer = head.next();
			if (answer == null) {
				throw new FailedAnswerException(new IllegalStateException("There is none"));
			}
			stream(id, answer, deadline);
		}
		catch (FailedAnswerException | TimeoutException ex) {
			head.cancel();
			logger.warn("A request of Lambda is not answered: " + ex.getMessage());
			tell(id, ex);
		}
	}

	/** An error that Reactor does not pass on ends this request, and not the loop. */
	private Mono<FunctionAnswer> answer(RuntimeApi.Answer event) {
		return Mono.defer(() -> {
			try {
				return this.function.apply(this.events.request(Bytes.of(event.body())));
			}
			catch (Error ex) {
				return Mono.error(new IllegalStateException("A request has failed", ex));
			}
		});
	}

	private static long deadline(String told) {
		long latest = System.currentTimeMillis() + MAX_MILLIS;
		return told.matches("[0-9]{1,15}") ? Math.min(Long.parseLong(told) - SPARE_MILLIS, latest) : latest;
	}

	private void stream(String id, FunctionAnswer answer, long deadline) throws IOException {
		Pieces<Bytes> body = new Pieces<>(deadline);
		answer.body().subscribe(body);
		RuntimeApi.Post post = null;
		try {
			post = this.api.post(RuntimeApi.INVOCATION + id + "/response", STREAMED);
			byte[] head = this.events.head(answer).toArray();
			post.write(head, 0, head.length);
			post.write(END_OF_HEAD, 0, END_OF_HEAD.length);
			check(post.end(pieces(post, body)));
		}
		catch (IOException ex) {
			logger.warn("An answer for Lambda is cut off: " + ex);
			if (post != null) {
				post.cut();
			}
		}
		finally {
			body.cancel();
		}
	}

	/** Sends the body, and tells how it has ended. */
	private static String pieces(RuntimeApi.Post post, Pieces<Bytes> body) throws IOException {
		try {
			for (Bytes piece = body.next(); piece != null; piece = body.next()) {
				post.write(piece.array(), piece.offset(), piece.length());
				post.flush();
			}
			return "";
		}
		catch (FailedAnswerException | TimeoutException ex) {
			logger.warn("An answer for Lambda fails in its middle: " + ex.getMessage());
			String error = Base64.getEncoder().encodeToString(error(ex).getBytes(StandardCharsets.UTF_8));
			return "Lambda-Runtime-Function-Error-Type: " + type(ex) + "\r\nLambda-Runtime-Function-Error-Body: "
					+ error + "\r\n";
		}
	}

	private static String type(Exception error) {
		return (error instanceof TimeoutException) ? "Function.TimedOut" : "Function.Unanswered";
	}

	/** Nothing of an exception of the application is told. */
	private static String error(Exception error) {
		return "{\"errorMessage\":\"The request is not answered"
				+ ((error instanceof TimeoutException) ? " in time" : "") + "\",\"errorType\":\"" + type(error) + "\"}";
	}

	/** Lambda finds out by itself when it is not told. */
	private void tell(String id, Exception error) throws IOException {
		byte[] body = error(error).getBytes(StandardCharsets.UTF_8);
		RuntimeApi.Post post = null;
		try {
			post = this.api.post(RuntimeApi.INVOCATION + id + "/error",
					"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: " + type(error) + "\r\n");
			post.write(body, 0, body.length);
			check(post.end(""));
		}
		catch (IOException ex) {
			logger.warn("Lambda is not told that its request is not answered: " + ex);
			if (post != null) {
				post.cut();
			}
		}
	}

	/** After 500 a runtime is to end: its container is in no good state. */
	private static void check(RuntimeApi.Answer answer) {
		if (answer.status() >= 500) {
			throw new IllegalStateException("The Runtime API answers " + answer.status());
		}
		if (answer.status() >= 300) {
			logger.warn("The Runtime API refuses an answer with " + answer.status());
		}
	}

}
