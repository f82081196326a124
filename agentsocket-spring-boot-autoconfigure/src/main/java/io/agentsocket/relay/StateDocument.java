package io.agentsocket.relay;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.Payloads;
import org.jspecify.annotations.Nullable;

/**
 * The state that functions share in a session: values and the number of their changes.
 * Immutable. Implements section 8 of {@code docs/function-protocol.md}.
 *
 * @param version counts the changes
 * @param values the values by their keys
 */
record StateDocument(long version, Map<String, Object> values) {

	/** The attribute of the session that holds the document, as JSON. */
	static final String ATTRIBUTE = "agentsocket.functions.state";

	/** Bytes of the whole document: it travels with the session. */
	static final int MAX_SIZE = 64 * 1024;

	static final StateDocument EMPTY = new StateDocument(0, Map.of());

	/** Read a document. */
	static StateDocument read(@Nullable String json, Codec codec) {
		if (json == null) {
			return EMPTY;
		}
		Map<String, Object> map = codec.decodeMap(Bytes.utf8(json));
		Map<String, Object> values = Payloads.object(map.get("values"));
		return new StateDocument(((Number) map.getOrDefault("version", 0)).longValue(),
				(values != null) ? values : Map.of());
	}

	/**
	 * Write the document.
	 * @throws FunctionFailure if it is too large
	 */
	String write(Codec codec) {
		Bytes bytes = codec.encodeMap(Map.of("version", this.version, "values", this.values));
		if (bytes.length() > MAX_SIZE) {
			throw new FunctionFailure(FunctionFailure.Kind.OWN,
					new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "The state of the session exceeds its limit"));
		}
		return bytes.toUtf8();
	}

	/** The document as a function sees it. */
	Map<String, Object> visible(Set<String> keys) {
		Map<String, Object> visible = new HashMap<>(this.values);
		visible.keySet().retainAll(keys);
		return Map.of("version", this.version, "values", visible);
	}

	/**
	 * Apply a patch as a whole.
	 * @throws StaleStateException if the patch is for another version
	 */
	StateDocument apply(AnswerPart.Patch patch) {
		if (patch.version() != this.version) {
			throw new StaleStateException(this);
		}
		Map<String, Object> changed = new HashMap<>(this.values);
		changed.putAll(patch.set());
		changed.keySet().removeAll(patch.remove());
		return new StateDocument(this.version + 1, changed);
	}

	/** Somebody else has changed the state. */
	static final class StaleStateException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final transient StateDocument present;

		StaleStateException(StateDocument present) {
			super("The state is at version " + present.version(), null, false, false);
			this.present = present;
		}

		/** The state as it is. */
		StateDocument present() {
			return this.present;
		}

	}

}
