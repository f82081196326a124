package io.agentsocket.server;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;

/**
 * Answers of the application about the visibility of actions for one session, asked once
 * for each action until the agent is authenticated anew. Thread-safe.
 */
final class RememberedVisibility implements Predicate<Action> {

	private static final Log logger = PrintableLog.of(RememberedVisibility.class);

	private static final SeldomWarning HIDDEN = new SeldomWarning(logger);

	/** Answers that are kept; beyond them, those of gone actions are dropped with all. */
	private static final int MAX_REMEMBERED = 4096;

	private final List<ActionVisibility> rules;

	private final AgentSession session;

	/** An answer: an entry in a map. */
	private static final int ANSWER = 64;

	/** Replaced as a whole, so that no late answer of before gets in. */
	private volatile Map<Action, Boolean> answers;

	RememberedVisibility(List<ActionVisibility> rules, AgentSession session) {
		this.rules = rules;
		this.session = session;
		this.answers = none();
	}

	/** A session without rules, as most are, keeps no map. */
	private Map<Action, Boolean> none() {
		return this.rules.isEmpty() ? Map.of() : new ConcurrentHashMap<>(0);
	}

	@Override
	public boolean test(Action action) {
		if (this.rules.isEmpty()) {
			return true;
		}
		Map<Action, Boolean> answers = this.answers;
		Boolean known = answers.get(action);
		if (known == null) {
			known = this.rules.stream().allMatch((rule) -> isVisible(rule, action));
			if (answers.size() >= MAX_REMEMBERED) {
				answers.clear();
			}
			answers.put(action, known);
		}
		return known;
	}

	private boolean isVisible(ActionVisibility rule, Action action) {
		try {
			return rule.isVisible(action, this.session);
		}
		catch (RuntimeException ex) {
			HIDDEN.error(action.name(), "Action " + action.name() + " is hidden from session " + this.session.id()
					+ ", as it cannot be said whether it is visible", ex);
			return false;
		}
	}

	/** Whether everything is visible. */
	boolean isOpen() {
		return this.rules.isEmpty();
	}

	/** Bytes of the heap that the answers take. */
	long held() {
		return (long) ANSWER * this.answers.size();
	}

	/** Ask anew: the agent was authenticated anew. */
	void forget() {
		this.answers = none();
	}

}
