package io.agentsocket.action;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Schedulers;

/**
 * Errors that Reactor throws instead of signalling them: a {@code StackOverflowError} or
 * another error of the JVM in an operator ends the task of the scheduler that it happens
 * in, and nobody downstream hears of it. A task that a publisher schedules while it is
 * subscribed to or asked for more, and all that such a task schedules in turn, tells its
 * receiver. Errors on threads that are not those of a Reactor scheduler are not seen.
 * Thread-safe.
 */
@Internal
public final class UnsignalledErrors {

	/** Key of the hook: a second one in its place does the same. */
	private static final String KEY = "io.agentsocket.unsignalled-errors";

	/**
	 * The receiver of each thread, in a holder of the JDK that stays: to set and remove a
	 * thread local in each call costs more than all else here, and slows other thread
	 * locals down.
	 */
	private static final ThreadLocal<AtomicReference<@Nullable Consumer<Throwable>>> RECEIVER = ThreadLocal
		.withInitial(AtomicReference::new);

	static {
		Schedulers.onScheduleHook(KEY, UnsignalledErrors::watched);
	}

	private UnsignalledErrors() {
	}

	private static Runnable watched(Runnable task) {
		Consumer<Throwable> receiver = RECEIVER.get().getPlain();
		return (receiver != null) ? () -> run(task, receiver) : task;
	}

	private static void run(Runnable task, Consumer<Throwable> receiver) {
		try {
			watch(task, receiver);
		}
		catch (Error ex) {
			// Other errors are signalled, or nobody waits for the task.
			if (Exceptions.isJvmFatal(ex)) {
				receiver.accept(ex);
			}
			throw ex;
		}
	}

	/**
	 * Runs some work, and watches the tasks that it schedules.
	 * @param work calls a publisher; its own exceptions are up to the caller
	 * @param receiver gets the error of a task, on the thread of the task, before the
	 * scheduler's own handler
	 */
	public static void watch(Runnable work, Consumer<Throwable> receiver) {
		AtomicReference<@Nullable Consumer<Throwable>> holder = RECEIVER.get();
		Consumer<Throwable> before = holder.getPlain();
		holder.setPlain(receiver);
		try {
			work.run();
		}
		finally {
			holder.setPlain(before);
		}
	}

}
