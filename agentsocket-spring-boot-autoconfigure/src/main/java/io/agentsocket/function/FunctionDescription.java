package io.agentsocket.function;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.StateUse;
import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Tells relays of the actions of a function. Their schemas are made for that, and not
 * when the function starts. Thread-safe. Implements section 11 of
 * {@code docs/function-protocol.md}.
 */
final class FunctionDescription {

	private static final Log logger = PrintableLog.of(FunctionDescription.class);

	private static final String APPROVAL = "approval";

	/** Actions that a relay takes. */
	private static final int MAX_DESCRIBED = 256;

	private final Codec json;

	private volatile @Nullable List<String> mistakes;

	FunctionDescription(Codec json) {
		this.json = json;
	}

	/** The answer to a relay that asks for the actions. */
	FunctionAnswer of(Collection<Action> offered) {
		List<Map<String, Object>> actions = new ArrayList<>();
		for (Action action : offered) {
			Map<String, Object> described = (actions.size() < MAX_DESCRIBED) ? describe(action) : null;
			if (described != null) {
				actions.add(described);
			}
		}
		return FunctionAnswer.of(200, FunctionEndpoint.JSON, this.json.encodeMap(Map.of("actions", actions)));
	}

	/** Returns {@code null} for an action of which the relay would make nothing. */
	private static @Nullable Map<String, Object> describe(Action action) {
		ActionDescriptor descriptor;
		try {
			descriptor = ActionDescriptor.of(action);
		}
		catch (RuntimeException ex) {
			logger.error("Action " + action.name() + " is not described, as no schema can be made of its types. "
					+ "Use records, or types that Jackson can read and write.", ex);
			return null;
		}
		if (descriptor.items() != null) {
			return null;
		}
		Map<String, Object> described = new LinkedHashMap<>(descriptor.toMap());
		if (described.get("hints") instanceof Map<?, ?> hints && hints.containsKey(APPROVAL)) {
			// The function asks for it by itself, and the agent is to be asked once.
			Map<Object, Object> rest = new LinkedHashMap<>(hints);
			rest.keySet().removeAll(Set.of(APPROVAL));
			described.put("hints", rest);
		}
		Duration timeout = action.hints().timeout();
		if (timeout != null) {
			described.put("timeoutMs", timeout.toMillis());
		}
		StateUse state = StateUse.of(action);
		if (state != null) {
			described.put("state", state.isWritten() ? "write" : "read");
			described.put("keys", state.keys().stream().sorted().toList());
		}
		return described;
	}

	/**
	 * Make the schemas of actions.
	 * @return the actions of whose types none can be made, with the reasons
	 */
	List<String> verify(Collection<Action> actions) {
		List<String> found = new ArrayList<>();
		for (Action action : actions) {
			try {
				ActionDescriptor.of(action);
			}
			catch (RuntimeException ex) {
				found.add(action.name() + ": " + ex.getMessage());
			}
		}
		List<String> all = List.copyOf(found);
		this.mistakes = all;
		return all;
	}

	/** The mistakes; null when nobody has looked yet. */
	@Nullable List<String> mistakes() {
		return this.mistakes;
	}

}
