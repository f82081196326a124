package io.agentsocket.client;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The actions that a client offers.
 *
 * @param actions all of them
 * @param following dispose it when the client is closed: a catalog that was given is
 * followed no longer
 */
record OfferedCatalog(ActionCatalog actions, Disposable following) {

	private static final Log logger = PrintableLog.of(OfferedCatalog.class);

	/**
	 * Put actions together.
	 * @param given the catalog of the application, or {@code null}
	 * @param own actions of the client alone, which do not get into that catalog
	 */
	static OfferedCatalog of(@Nullable ActionCatalog given, ActionCatalog own) {
		if (given != null && own.actions().isEmpty()) {
			return new OfferedCatalog(given, Disposables.disposed());
		}
		ActionCatalog all = new ActionCatalog();
		all.addAll(own.actions());
		return new OfferedCatalog(all,
				(given != null) ? new Following(given, own, all).start() : Disposables.disposed());
	}

	/**
	 * Keeps all actions of a catalog in another one, beside those of the client. Names of
	 * these are the client's.
	 */
	private static final class Following {

		private final ActionCatalog given;

		/** Does not change any more. */
		private final ActionCatalog own = new ActionCatalog();

		private final ActionCatalog all;

		Following(ActionCatalog given, ActionCatalog own, ActionCatalog all) {
			this.given = given;
			this.own.addAll(own.actions());
			this.all = all;
		}

		Disposable start() {
			Disposable listener = this.given.onChange((change) -> follow(change.name()));
			this.given.actions().forEach((action) -> follow(action.name()));
			return listener;
		}

		/** Takes the present state, so that it does not matter in which order. */
		private synchronized void follow(String name) {
			Action action = this.given.find(name);
			if (this.own.find(name) != null) {
				if (action != null) {
					logger.warn("The client offers an action '" + name + "' of its own, and not the one of the "
							+ "catalog that it was given. Give one of them another name.");
				}
			}
			else if (action != null) {
				this.all.replace(action);
			}
			else {
				this.all.remove(name);
			}
		}

	}

}
