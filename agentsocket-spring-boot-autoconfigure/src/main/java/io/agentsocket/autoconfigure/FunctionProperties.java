package io.agentsocket.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Configuration of one function, below {@code agentsocket.functions} and its name. The
 * defaults are those of section 13 of {@code docs/function-protocol.md}.
 *
 * @param enabled Whether the function is used.
 * @param url Address of the function, http or https.
 * @param secrets Comma-separated list of secrets that sign requests, the present one
 * first: whsec_ and base64 of 24 to 64 bytes. Without one requests are not signed.
 * @param headers Further headers of each request.
 * @param actions Actions of the function.
 * @param describe Whether the function is asked for its actions, beside those that are
 * declared here.
 * @param describeInterval Time after which the function is asked again when it does not
 * say otherwise.
 * @param allowedUrls Comma-separated list of origins, other than that of its address, to
 * which actions that it describes may lead.
 * @param connectTimeout Time that connecting may take, and then the TLS handshake.
 * @param firstByteTimeout Time that an answer may take to begin.
 * @param idleTimeout Time that an answer may be silent.
 * @param timeout Time that a request may take in all.
 * @param concurrency Number of requests that may be open at once.
 * @param maxRequests Number of requests for one invocation, retries included.
 * @param itemLimit Largest item that the function may answer with.
 * @param warmUp Whether connections are opened ahead, and the function is asked to warm
 * up when an agent connects.
 * @param minConnections Number of connections that are opened together with the first
 * one, so that requests find them open.
 * @param notices Whether the function is told when sessions are opened and closed.
 * @param allowInternal Whether its address may lead to this pod, or to link-local and
 * metadata addresses.
 * @param claims Comma-separated list of claims of the principal that the function gets.
 * @param circuitBreaker when the function is not asked for a while
 * @param instances instances that the platform starts for the function
 * @param ssl TLS of the requests
 */
@Internal
public record FunctionProperties(@DefaultValue("true") boolean enabled, @Nullable URI url,
		@DefaultValue List<String> secrets, @DefaultValue Map<String, String> headers,
		@DefaultValue List<FunctionAction> actions, @DefaultValue("false") boolean describe,
		@DefaultValue("5m") Duration describeInterval, @DefaultValue List<URI> allowedUrls,
		@DefaultValue("1s") Duration connectTimeout, @DefaultValue("10s") Duration firstByteTimeout,
		@DefaultValue("30s") Duration idleTimeout, @DefaultValue("120s") Duration timeout,
		@DefaultValue("100") int concurrency, @DefaultValue("3") int maxRequests,
		@DefaultValue("1MB") DataSize itemLimit, @DefaultValue("true") boolean warmUp,
		@DefaultValue("2") int minConnections, @DefaultValue("false") boolean notices,
		@DefaultValue("false") boolean allowInternal, @DefaultValue List<String> claims,
		@DefaultValue CircuitBreaker circuitBreaker, @DefaultValue Instances instances, @DefaultValue Ssl ssl) {

	/** Does not show secrets and headers. */
	@Override
	public String toString() {
		return "FunctionProperties[url=" + this.url + "]";
	}

	/**
	 * An action of a function.
	 *
	 * @param name Name of the action.
	 * @param title Title for people.
	 * @param description Description for a model.
	 * @param tags Comma-separated list of words to find it by.
	 * @param input JSON Schema of the arguments, as text.
	 * @param output JSON Schema of the value or of an item, as text.
	 * @param result Kind of its answers: value, items, text, bytes or none.
	 * @param state Access to the state of the session: none, read or write.
	 * @param keys Comma-separated list of the values of the state that it sees.
	 * @param idempotent Whether running it twice has the effect of running it once.
	 * @param readOnly Whether it changes nothing.
	 * @param destructive Whether it may destroy something.
	 * @param approval Whether a person is asked before it runs.
	 * @param timeout Time that one request may take, if less than that of the function.
	 */
	public record FunctionAction(@Nullable String name, @Nullable String title, @Nullable String description,
			@DefaultValue List<String> tags, @Nullable String input, @Nullable String output,
			@DefaultValue("value") Result result, @DefaultValue("none") State state, @DefaultValue List<String> keys,
			@DefaultValue("false") boolean idempotent, @DefaultValue("false") boolean readOnly,
			@DefaultValue("false") boolean destructive, @DefaultValue("false") boolean approval,
			@Nullable Duration timeout) {

	}

	/** Kinds of answers of an action. */
	public enum Result {

		/** A single value. */
		VALUE,

		/** A stream of values. */
		ITEMS,

		/** Text, piece by piece. */
		TEXT,

		/** Bytes, piece by piece. */
		BYTES,

		/** Nothing. */
		NONE

	}

	/** Access to the state of the session. */
	public enum State {

		/** Sees nothing of it. */
		NONE,

		/** Reads it. */
		READ,

		/** Reads and changes it. */
		WRITE

	}

	/**
	 * When a function is not asked for a while.
	 *
	 * @param enabled Whether there is a circuit breaker, which needs Resilience4j.
	 * @param failureRate Percentage of failed requests at which the function is not asked
	 * any more.
	 * @param minimumRequests Number of requests before the percentage counts.
	 * @param waitTime Time after which the function is tried again.
	 */
	public record CircuitBreaker(@DefaultValue("true") boolean enabled, @DefaultValue("50") int failureRate,
			@DefaultValue("20") int minimumRequests, @DefaultValue("10s") Duration waitTime) {

	}

	/**
	 * Instances that the platform starts for the function. With them calls wait for a
	 * warm instance, where that takes less time than to start another one.
	 *
	 * @param concurrency Number of requests that one instance takes at once, such as 1 on
	 * AWS Lambda. 0: it is not known, and no call waits for an instance.
	 * @param startAfter Time that a call waits for a busy instance before another one is
	 * started.
	 * @param idle Time that the platform keeps an instance without requests.
	 */
	public record Instances(@DefaultValue("0") int concurrency, @DefaultValue("20ms") Duration startAfter,
			@DefaultValue("5m") Duration idle) {

	}

	/**
	 * TLS of the requests.
	 *
	 * @param bundle Name of the SSL bundle that has the certificates of requests. By
	 * default those of the JVM.
	 */
	public record Ssl(@Nullable String bundle) {

	}

}
