package io.agentsocket.session;

import java.util.function.Supplier;

import io.agentsocket.annotation.Internal;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Steps whose failure is a signal, whatever it is. Reactor throws on an {@link Error} of
 * the virtual machine or of a class that cannot be linked in place of a signal: nobody
 * who waits for the step is told, and what repeats it ends for good.
 */
@Internal
public final class Signalled {

	private Signalled() {
	}

	/**
	 * A step that is made when it is subscribed to.
	 * @param <T> type of its result
	 * @param step makes it
	 * @return fails with what making or beginning the step throws
	 */
	public static <T> Mono<T> defer(Supplier<Mono<T>> step) {
		return Mono.create((sink) -> {
			Disposable.Swap running = Disposables.swap();
			sink.onDispose(running);
			try {
				running.update(step.get()
					.subscribe(sink::success, sink::error, sink::success, Context.of(sink.contextView())));
			}
			catch (Throwable ex) {
				sink.error(ex);
			}
		});
	}

}
