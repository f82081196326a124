package io.agentsocket.server.bounds;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import org.jspecify.annotations.Nullable;

/**
 * Rates that are kept with the token buckets of Bucket4j: a second's worth may come at
 * once. Thread-safe.
 */
public final class BucketRates implements InvocationRates {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final int perSession;

	private final Map<String, Bucket> tools = new HashMap<>();

	/**
	 * Create rates.
	 * @param perSession invocations a second that each session may begin, 0 for any
	 * number
	 * @param perTool invocations a second of a tool that all sessions of this pod
	 * together may begin, by its name
	 */
	public BucketRates(int perSession, Map<String, Integer> perTool) {
		this.perSession = perSession;
		perTool.forEach((name, rate) -> this.tools.put(name, bucket(rate)));
	}

	private static Bucket bucket(int rate) {
		return Bucket.builder()
			.addLimit((limit) -> limit.capacity(rate).refillGreedy(rate, SECOND))
			.withNanosecondPrecision()
			.build();
	}

	@Override
	public SessionRate open() {
		Bucket session = (this.perSession != 0) ? bucket(this.perSession) : null;
		return (action) -> {
			// Its own rate first: a session beyond it takes nothing from the share of
			// all.
			Answer answer = begin(session, Refusal.SESSION_RATE);
			return (answer.reason() == null) ? begin(this.tools.get(action), Refusal.TOOL_RATE) : answer;
		};
	}

	private static Answer begin(@Nullable Bucket bucket, Refusal reason) {
		if (bucket == null) {
			return Answer.GRANTED;
		}
		ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
		return probe.isConsumed() ? Answer.GRANTED : new Answer(reason, probe.getNanosToWaitForRefill());
	}

}
