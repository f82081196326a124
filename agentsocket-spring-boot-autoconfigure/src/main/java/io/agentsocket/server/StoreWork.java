package io.agentsocket.server;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.FencedException;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

/**
 * Work in the store that nobody waits for.
 */
final class StoreWork {

	private static final Log logger = PrintableLog.of(StoreWork.class);

	private static final SeldomWarning FAILED = new SeldomWarning(logger);

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

}
