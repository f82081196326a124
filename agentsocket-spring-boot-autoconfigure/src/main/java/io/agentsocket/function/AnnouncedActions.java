package io.agentsocket.function;

import java.util.function.Supplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.connection.ActionAnnouncer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Tells the agent of the actions that one invocation adds to its session and removes.
 * Thread-safe.
 */
final class AnnouncedActions implements Supplier<ActionCatalog>, Disposable {

	private final SessionCatalogs catalogs;

	private final String session;

	private @Nullable ActionAnnouncer announcer;

	private @Nullable ActionCatalog catalog;

	private @Nullable Disposable listener;

	private boolean disposed;

	AnnouncedActions(SessionCatalogs catalogs, String session) {
		this.catalogs = catalogs;
		this.session = session;
	}

	/** Begin to tell. */
	synchronized void tell(ActionAnnouncer to) {
		this.announcer = to;
	}

	@Override
	public synchronized ActionCatalog get() {
		ActionCatalog present = this.catalog;
		if (present == null) {
			present = this.catalogs.of(this.session);
			this.catalog = present;
			this.listener = this.disposed ? null : present.onChange(this::changed);
		}
		return present;
	}

	private synchronized void changed(ActionChange change) {
		ActionAnnouncer to = this.announcer;
		Action now = change.after();
		if (to == null || this.disposed) {
			return;
		}
		if (now == null) {
			to.withdraw(change.name(), null);
		}
		else {
			to.announce(change.name(), ActionDescriptor.of(now).toMap(), null);
		}
	}

	@Override
	public synchronized void dispose() {
		this.disposed = true;
		if (this.listener != null) {
			this.listener.dispose();
		}
	}

}
