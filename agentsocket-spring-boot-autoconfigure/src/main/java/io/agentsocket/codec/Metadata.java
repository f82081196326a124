package io.agentsocket.codec;

import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Metadata of a frame. Every component may be absent. Implements section 7 of
 * {@code docs/protocol.md}.
 *
 * @param parent key 1: stream of the receiver's running invocation that this one belongs
 * to, 0 for none
 * @param deadline key 2: milliseconds left, -1 for none
 * @param idempotencyKey key 4: identifies the call across attempts, or {@code null}
 * @param traceparent key 5: W3C trace context, or {@code null}
 * @param credit key 7: items that the callee may send before it needs CREDIT, -1 for
 * unlimited
 * @param progress key 8, or {@code null}
 * @param details key 9: details of an ERROR, or {@code null}
 * @param catalog key 10: hash of the catalog after a DEFINE, or {@code null}
 * @param depth key 11: number of ancestors of a nested invocation
 */
@Internal
public record Metadata(int parent, long deadline, @Nullable String idempotencyKey, @Nullable String traceparent,
		long credit, @Nullable Progress progress, @Nullable Details details, @Nullable String catalog, int depth) {

	/** Nothing set. */
	public static final Metadata NONE = new Metadata(0, -1, null, null, -1, null, null, null, 0);

	/**
	 * Metadata of progress only.
	 * @param progress the progress
	 * @return metadata
	 */
	public static Metadata of(Progress progress) {
		return new Metadata(0, -1, null, null, -1, progress, null, null, 0);
	}

	/**
	 * Metadata of error details only.
	 * @param details the details
	 * @return metadata
	 */
	public static Metadata of(Details details) {
		return new Metadata(0, -1, null, null, -1, null, details, null, 0);
	}

	/**
	 * Metadata of a catalog's hash only.
	 * @param hash the hash
	 * @return metadata
	 */
	public static Metadata ofCatalog(String hash) {
		return new Metadata(0, -1, null, null, -1, null, null, hash, 0);
	}

	/**
	 * The same with another deadline.
	 * @param millis milliseconds left
	 * @return metadata
	 */
	public Metadata withDeadline(long millis) {
		return new Metadata(this.parent, millis, this.idempotencyKey, this.traceparent, this.credit, this.progress,
				this.details, this.catalog, this.depth);
	}

	/**
	 * Details of an ERROR.
	 *
	 * @param violations how the arguments do not fit
	 * @param correlation id under which the cause was logged, or {@code null}
	 * @param retry milliseconds before which a retry is in vain, -1 when it is not known
	 */
	public record Details(List<Violation> violations, @Nullable String correlation, long retry) {

		public Details {
			violations = List.copyOf(violations);
		}

		/**
		 * Details that say nothing of a retry.
		 * @param violations how the arguments do not fit
		 * @param correlation id under which the cause was logged, or {@code null}
		 */
		public Details(List<Violation> violations, @Nullable String correlation) {
			this(violations, correlation, -1);
		}

	}

}
