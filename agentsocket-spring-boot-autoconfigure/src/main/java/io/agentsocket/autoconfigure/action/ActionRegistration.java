package io.agentsocket.autoconfigure.action;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.tool.AgentTools;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.StringUtils;

/**
 * Puts the tools and the {@link Action} beans of the application into the catalog, when
 * all beans are there and before the server listens.
 */
final class ActionRegistration implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ActionRegistration.class);

	/** As many names as a line of a log may have. */
	private static final int MAX_NAMED = 20;

	private final ActionCatalog catalog;

	private final ObjectProvider<AgentTools> tools;

	private final ObjectProvider<Action> actions;

	private final ObjectProvider<ActionSource> sources;

	private final ListableBeanFactory beanFactory;

	ActionRegistration(ActionCatalog catalog, ObjectProvider<AgentTools> tools, ObjectProvider<Action> actions,
			ObjectProvider<ActionSource> sources, ListableBeanFactory beanFactory) {
		this.catalog = catalog;
		this.tools = tools;
		this.actions = actions;
		this.sources = sources;
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<Action> all = new ArrayList<>();
		AgentTools source = this.tools.getIfAvailable();
		if (source != null) {
			all.addAll(source.scan(this.beanFactory));
		}
		else {
			logger.info("Methods annotated with @AgentTool are not looked for: they need jsonschema-generator, "
					+ "jsonschema-module-jackson and json-schema-validator");
		}
		this.actions.orderedStream().forEach(all::add);
		this.sources.orderedStream().forEach((more) -> all.addAll(more.actions()));
		Set<String> names = new HashSet<>();
		this.catalog.actions().forEach((action) -> names.add(action.name()));
		Set<String> taken = new TreeSet<>();
		for (Action action : all) {
			if (!names.add(action.name())) {
				taken.add(action.name());
			}
		}
		if (!taken.isEmpty()) {
			throw new ActionNameTakenException(taken);
		}
		this.catalog.addAll(all);
		adviseDescriptions(all);
	}

	private static void adviseDescriptions(List<Action> actions) {
		List<String> names = actions.stream()
			.filter((action) -> !StringUtils.hasText(action.description()))
			.map(Action::name)
			.sorted()
			.toList();
		if (!names.isEmpty()) {
			String more = (names.size() > MAX_NAMED) ? " and " + (names.size() - MAX_NAMED) + " more" : "";
			logger.warn("Actions without a description, by which a model would know when to invoke them: "
					+ String.join(", ", names.subList(0, Math.min(MAX_NAMED, names.size()))) + more
					+ ". Give each one with @AgentTool(description = \"...\") or Action.Builder.description.");
		}
	}

}
