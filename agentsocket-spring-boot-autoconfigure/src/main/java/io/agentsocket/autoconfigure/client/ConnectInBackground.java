package io.agentsocket.autoconfigure.client;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.autoconfigure.ClientProperties;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.event.EventListeners;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;

/**
 * Connects the client when the application starts, after its own web server, if it has
 * something that only the server can ask for. The start neither waits nor fails.
 */
final class ConnectInBackground implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(ConnectInBackground.class);

	private final ObjectProvider<AgentSocketClient> client;

	private final ObjectProvider<EventListeners> listeners;

	private final @Nullable ActionCatalog catalog;

	private final ClientProperties settings;

	private volatile boolean running;

	/**
	 * Create a lifecycle.
	 * @param client gives the client of the auto-configuration, if it is there; it may be
	 * that of a context above
	 * @param catalog the actions of this context, where the client is that of a context
	 * above
	 */
	ConnectInBackground(ObjectProvider<AgentSocketClient> client, ObjectProvider<EventListeners> listeners,
			@Nullable ActionCatalog catalog, ClientProperties settings) {
		this.client = client;
		this.listeners = listeners;
		this.catalog = catalog;
		this.settings = settings;
	}

	@Override
	public void start() {
		this.running = true;
		AgentSocketClient present = this.client.getIfAvailable();
		if (present == null) {
			return;
		}
		if (this.settings.offerActions() && this.catalog != null) {
			warnOfOthers(present, this.catalog);
		}
		boolean offers = this.settings.offerActions() || !present.offered().actions().isEmpty();
		boolean listens = this.listeners.stream().anyMatch((all) -> !all.names().isEmpty());
		if (offers || listens) {
			logger.info("Connecting the client, because this application "
					+ (offers ? "offers actions to the server" : "has @AgentEvent methods"));
			// The client goes on trying, and says why there is no connection.
			present.connect().subscribe(null, (error) -> logger.debug("There is no connection yet", error));
		}
	}

	private static void warnOfOthers(AgentSocketClient client, ActionCatalog catalog) {
		long others = catalog.actions()
			.stream()
			.filter((action) -> client.offered().find(action.name()) == null)
			.count();
		if (others > 0) {
			logger.warn("The client belongs to a context above this one and does not offer " + others
					+ " of the actions of this one. Set agentsocket.client.* for this context alone.");
		}
	}

	@Override
	public void stop() {
		// The client is closed when its bean is destroyed: what stops later may need it.
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

}
