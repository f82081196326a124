package io.agentsocket.test;

import java.time.Clock;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.tool.AgentTools;
import jakarta.validation.Validation;

/**
 * A server of {@link ShopTools} without an application.
 */
final class ShopServer implements AutoCloseable {

	final ShopTools tools = new ShopTools();

	final ActionCatalog catalog = new ActionCatalog();

	final InMemoryPods pods = new InMemoryPods();

	final AgentSocketServer server;

	ShopServer() {
		AgentTools agentTools = AgentTools.builder()
			.validator(Validation.buildDefaultValidatorFactory().getValidator())
			.build();
		this.catalog.addAll(agentTools.actionsOf(this.tools));
		this.server = AgentSocketServer.builder(this.catalog)
			.store(InMemorySessionStore.shared(Clock.systemUTC()))
			.questionSender(new QuestionSender(agentTools.typeSchemas(), QuestionSender.TIMEOUT))
			.link(this.pods.link("pod1"))
			.build();
	}

	AgentSocketTesterBuilder tester() {
		return AgentSocketTester.bindTo(this.server).podLinks(this.pods::link);
	}

	@Override
	public void close() {
		this.server.close();
	}

}
