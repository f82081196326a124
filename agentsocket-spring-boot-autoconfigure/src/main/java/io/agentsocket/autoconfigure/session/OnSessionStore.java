package io.agentsocket.autoconfigure.session;

import io.agentsocket.autoconfigure.AgentSocketProperties.Store;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Depends on {@code agentsocket.session.store}.
 */
abstract class OnSessionStore extends SpringBootCondition {

	private static final String PROPERTY = "agentsocket.session.store";

	abstract boolean fits(Store store);

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Store store = store(context.getEnvironment());
		return new ConditionOutcome(fits(store), ConditionMessage.forCondition(PROPERTY).because("it is " + store));
	}

	/** A value that is none is reported with all other mistakes, when all are bound. */
	private static Store store(Environment environment) {
		try {
			return Binder.get(environment).bind(PROPERTY, Store.class).orElse(Store.AUTO);
		}
		catch (BindException ex) {
			return Store.AUTO;
		}
	}

	/**
	 * Redis, if it is there.
	 */
	static final class NotMemory extends OnSessionStore {

		@Override
		boolean fits(Store store) {
			return store != Store.MEMORY;
		}

	}

	/**
	 * Nothing but Redis.
	 */
	static final class Redis extends OnSessionStore {

		@Override
		boolean fits(Store store) {
			return store == Store.REDIS;
		}

	}

}
