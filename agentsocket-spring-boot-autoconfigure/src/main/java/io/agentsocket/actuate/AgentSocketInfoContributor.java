package io.agentsocket.actuate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.AgentSocketServer;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/**
 * Tells the version of the project, the sub-protocols and the number of actions.
 */
public class AgentSocketInfoContributor implements InfoContributor {

	private final AgentSocketServer server;

	private final ActionCatalog catalog;

	/**
	 * Create the contributor.
	 * @param server the server
	 * @param catalog the actions of all sessions
	 */
	public AgentSocketInfoContributor(AgentSocketServer server, ActionCatalog catalog) {
		this.server = server;
		this.catalog = catalog;
	}

	@Override
	public void contribute(Info.Builder builder) {
		Map<String, Object> info = new LinkedHashMap<>();
		String version = AgentSocketServer.class.getPackage().getImplementationVersion();
		if (version != null) {
			info.put("version", version);
		}
		info.put("subProtocols", new TreeSet<>(this.server.subProtocols()));
		info.put("actions", this.catalog.actions().size());
		builder.withDetail("agentsocket", info);
	}

}
