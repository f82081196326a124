package io.agentsocket.lambda;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.agentsocket.function.FunctionAnswer;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.util.ClassUtils;

/**
 * Handler for the Java runtimes of AWS Lambda, managed or in an image of its own, behind
 * a function URL or an HTTP API (payload format 2.0). It starts the application once,
 * when Lambda makes it, without a web server, and answers each event with the actions of
 * the application. These runtimes buffer: an agent sees the first item when the action
 * has ended.
 *
 * <p>
 * Set {@code io.agentsocket.lambda.LambdaHandler} as handler, and the environment
 * variable {@code MAIN_CLASS} to the class of the application; or extend this class with
 * a constructor that names it. Thread-safe.
 */
public class LambdaHandler implements RequestStreamHandler {

	/** Environment variable with the name of the class of the application. */
	public static final String MAIN_CLASS = "MAIN_CLASS";

	private static final Log logger = PrintableLog.of(LambdaHandler.class);

	/** An event has at most 6 MB. */
	private static final int MAX_EVENT = 16 * 1024 * 1024;

	/** Lambda takes 6 MB of JSON, in which the body is base64 between head and end. */
	private static final int MAX_ANSWER = (6 * 1024 * 1024 - 1024) / 4 * 3;

	/** Lambda ends a process that answers too late, so that the next start is cold. */
	private static final int SPARE_MILLIS = 100;

	private final FunctionEndpoint endpoint;

	private final LambdaEvents events;

	/**
	 * Start the application that {@value #MAIN_CLASS} names.
	 */
	public LambdaHandler() {
		this(mainClass(System.getenv(MAIN_CLASS)));
	}

	/**
	 * Start an application.
	 * @param application its class, as for {@link SpringApplication}
	 * @param arguments its arguments, such as {@code --spring.profiles.active=lambda}
	 */
	protected LambdaHandler(Class<?> application, String... arguments) {
		SpringApplication spring = new SpringApplication(new DefaultResourceLoader(application.getClassLoader()),
				application);
		spring.setMainApplicationClass(application);
		spring.setWebApplicationType(WebApplicationType.NONE);
		// The requests come by this handler, and by nothing else.
		Stream<String> own = Stream.of("--agentsocket.function.enabled=true", "--agentsocket.function.lambda=false");
		this.endpoint = spring.run(Stream.concat(Arrays.stream(arguments), own).toArray(String[]::new))
			.getBean(FunctionEndpoint.class);
		this.events = new LambdaEvents(this.endpoint.json());
	}

	private static Class<?> mainClass(@Nullable String name) {
		if (name == null || name.isBlank()) {
			throw new IllegalStateException(
					"The environment variable " + MAIN_CLASS + " names the class of the application");
		}
		return ClassUtils.resolveClassName(name.strip(), LambdaHandler.class.getClassLoader());
	}

	@Override
	public final void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
		byte[] event = input.readNBytes(MAX_EVENT);
		long deadline = System.currentTimeMillis() + context.getRemainingTimeInMillis() - SPARE_MILLIS;
		Bytes answer = answer(Bytes.of(event), deadline);
		output.write(answer.array(), answer.offset(), answer.length());
	}

	private Bytes answer(Bytes event, long deadline) {
		Pieces<FunctionAnswer> head = new Pieces<>(deadline);
		Pieces<Bytes> body = new Pieces<>(deadline);
		try {
			this.endpoint.answer(this.events.request(event)).subscribe(head);
			FunctionAnswer answer = head.next();
			if (answer == null) {
				throw new FailedAnswerException(new IllegalStateException("There is none"));
			}
			answer.body().subscribe(body);
			ByteArrayOutputStream whole = new ByteArrayOutputStream();
			for (Bytes piece = body.next(); piece != null; piece = body.next()) {
				if (whole.size() + piece.length() > MAX_ANSWER) {
					return this.events.problem(500, ErrorCode.TOO_LARGE.code(),
							"An answer that Lambda buffers has at most " + MAX_ANSWER + " bytes");
				}
				whole.write(piece.array(), piece.offset(), piece.length());
			}
			return this.events.whole(answer.status(), answer.contentType(), whole.toByteArray());
		}
		catch (TimeoutException ex) {
			logger.warn("A request of Lambda is not answered: " + ex.getMessage());
			return this.events.problem(504, ErrorCode.UNAVAILABLE.code(), "The function had no more time");
		}
		catch (FailedAnswerException ex) {
			logger.warn("A request of Lambda is not answered", ex);
			return this.events.problem(500, ErrorCode.INTERNAL.code(), "The function has failed");
		}
		finally {
			head.cancel();
			body.cancel();
		}
	}

}
