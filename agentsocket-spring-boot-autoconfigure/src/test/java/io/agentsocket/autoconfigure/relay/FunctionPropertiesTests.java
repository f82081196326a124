package io.agentsocket.autoconfigure.relay;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ResultShape;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.FunctionProperties;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.relay.FunctionRelays;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Functions by properties: what they make, and what is wrong with them.
 */
class FunctionPropertiesTests {

	private static final String SHOP = "agentsocket.functions.shop.";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketRelayAutoConfiguration.class));

	@Test
	void nothingIsThereWithoutFunctions() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(FunctionRelays.class));
	}

	@Test
	void actionsOfFunctionsAreActions() {
		this.runner
			.withPropertyValues(SHOP + "url=http://127.0.0.1:9/shop", SHOP + "warm-up=false",
					SHOP + "actions[0].name=cart.add", SHOP + "actions[0].state=write", SHOP + "actions[0].keys=cart",
					SHOP + "actions[0].idempotent=true",
					SHOP + "actions[0].input={\"type\":\"object\",\"required\":[\"article\"]}",
					SHOP + "actions[1].name=cart.watch", SHOP + "actions[1].result=items",
					"agentsocket.functions.off.enabled=false", "agentsocket.functions.off.url=nowhere")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				ActionCatalog catalog = context.getBean(ActionCatalog.class);
				Action add = catalog.find("cart.add");
				assertThat(add.hints().idempotent()).isTrue();
				assertThat(add.input()).containsEntry("required", List.of("article"));
				assertThat(catalog.find("cart.watch").result()).isEqualTo(ResultShape.ITEMS);
				context.getBean(FunctionRelays.class).close();
				assertThat(catalog.actions()).isEmpty();
			});
	}

	@Test
	void allMistakesAreReportedAtOnceAndNoSecretIsShown() {
		this.runner
			.withPropertyValues(SHOP + "url=ftp://a.example", SHOP + "secrets=hidden", SHOP + "headers.ce-type=hidden",
					SHOP + "connect-timeout=0s", SHOP + "timeout=2h", SHOP + "concurrency=0", SHOP + "max-requests=11",
					SHOP + "min-connections=-1", SHOP + "instances.concurrency=-1", SHOP + "instances.start-after=0s",
					SHOP + "instances.idle=2h", SHOP + "item-limit=1B", SHOP + "ssl.bundle=none",
					SHOP + "describe-interval=1s", SHOP + "circuit-breaker.failure-rate=101",
					SHOP + "actions[0].name=as.ask", SHOP + "actions[1].name=twice", SHOP + "actions[1].state=read",
					SHOP + "actions[2].name=twice", SHOP + "allowed-urls=mailto:a",
					"agentsocket.functions.empty.url=http://a.example")
			.run((context) -> {
				assertThat(context).hasFailed();
				Throwable failure = context.getStartupFailure();
				while (failure.getCause() != null) {
					failure = failure.getCause();
				}
				assertThat(failure.toString()).doesNotContain("hidden");
				for (String property : List.of("url", "secrets", "headers", "connect-timeout", "timeout", "concurrency",
						"max-requests", "min-connections", "instances.concurrency", "instances.start-after",
						"instances.idle", "item-limit", "ssl.bundle", "describe-interval",
						"circuit-breaker.failure-rate", "actions[0].name", "actions[1].keys", "actions[2].name",
						"allowed-urls")) {
					assertThat(failure.getMessage()).contains(SHOP + property);
				}
				assertThat(failure.getMessage()).contains("agentsocket.functions.empty.actions");
			});
	}

	@Test
	void theDocumentHasEveryProperty() throws IOException {
		String document = Files.readString(Path.of("..", "docs", "functions.md"));
		List<String> missing = new ArrayList<>();
		collect("", FunctionProperties.class, missing, document);
		collect("actions[].", FunctionProperties.FunctionAction.class, missing, document);
		assertThat(missing).isEmpty();
	}

	private static void collect(String prefix, Class<?> type, List<String> missing, String document) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			if (component.getType().isRecord()) {
				collect(name + ".", component.getType(), missing, document);
			}
			else if (!document.contains("| `" + name + "` |")) {
				missing.add(name);
			}
		}
	}

}
