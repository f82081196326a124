package io.agentsocket.server;

import java.util.function.Supplier;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.FencedException;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

/**
 * Work in the store. It fails for reasons of the store, which nothing else does.
 */
final class StoreWork {

	private static final Log logger = PrintableLog.of(StoreWork.class);

	private static final SeldomWarning FAILED = new SeldomWarning(logger);

	private static final SeldomWarning NOT_OPENED = new SeldomWarning(logger);

	private StoreWork() {
	}

	/**
	 * Do it, and log that it failed.
	 * @param session id of the session that it is for
	 */
	static void run(String session, Mono<Void> work) {
		work.subscribe(null, (error) -> {
			if (error instanceof FencedException) {
				logger.debug("Session " + session + " goes on elsewhere");
			}
			else {
				// No stack trace: when the store is away, this comes for each session.
				FAILED.warn("The store failed for session " + session, error);
				logger.debug("The store failed", error);
			}
		});
	}

	/**
	 * Work that the answer to a HELLO waits for.
	 * @param <T> type of its result
	 * @param work begins it
	 * @return fails with a {@link ProtocolException}: the agent comes back
	 */
	static <T> Mono<T> ofHello(Supplier<Mono<T>> work) {
		return Mono.defer(work).onErrorMap(StoreWork::unanswered);
	}

	private static ProtocolException unanswered(Throwable error) {
		if (error instanceof FencedException) {
			return late();
		}
		// No stack trace: when the store is down, all agents come here again and again.
		NOT_OPENED.warn("A session cannot be opened", error);
		logger.debug("A session cannot be opened", error);
		return new ProtocolException(CloseCode.STORE_UNAVAILABLE, "The session store is out of reach");
	}

	/**
	 * A later HELLO of the agent was granted before this one was answered: the agent has
	 * given this connection up. If it has not, it may come back.
	 */
	static ProtocolException late() {
		return new ProtocolException(CloseCode.SEQUENCE, "A later HELLO has the session");
	}

}
