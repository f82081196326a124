package io.agentsocket.tool.execution;

import java.util.concurrent.Executor;

import reactor.core.scheduler.Schedulers;

/**
 * Reactor's bounded elastic scheduler as an executor.
 */
public enum BoundedElastic implements Executor {

	/** The only one. */
	INSTANCE;

	@Override
	public void execute(Runnable task) {
		Schedulers.boundedElastic().schedule(task);
	}

}
