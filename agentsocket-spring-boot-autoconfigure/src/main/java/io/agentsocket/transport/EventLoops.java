package io.agentsocket.transport;

import java.util.concurrent.Executor;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import reactor.core.scheduler.Schedulers;

import org.springframework.util.ClassUtils;

/**
 * The event loops of Netty, also where Netty is not on the class path.
 */
final class EventLoops {

	/** Whether Netty is on the class path. */
	static final boolean NETTY = ClassUtils.isPresent("io.netty.util.internal.ThreadExecutorMap",
			EventLoops.class.getClassLoader());

	private EventLoops() {
	}

	/** The event loop that runs this, or one of Reactor's. */
	static Executor current() {
		EventExecutor current = NETTY ? ThreadExecutorMap.currentExecutor() : null;
		return (current != null) ? current : Schedulers.parallel()::schedule;
	}

	/** Whether this thread may do the work of an executor. */
	static boolean isOn(Executor executor) {
		return !NETTY || !(executor instanceof EventExecutor loop) || loop.inEventLoop();
	}

}
