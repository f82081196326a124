package io.agentsocket.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Deadline;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.ToolArgumentResolver;
import io.agentsocket.tool.ToolSchemaCustomizer;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Future;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.MethodParameter;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The snippets of {@code docs/tools.md}, in one application.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "server.address=127.0.0.1")
class ToolSnippetsTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	@Autowired
	private Plugins plugins;

	@Autowired
	private Moods moods;

	private AgentSocketClient agent;

	@BeforeEach
	void connect() {
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket").build();
	}

	@AfterEach
	void close() {
		Await.end(this.agent.close());
	}

	private void expect(String action, Map<String, ?> arguments, Object... results) {
		StepVerifier.create(Await.ended(this.agent.invoke(action)
			.arguments(arguments)
			.toFlux(results[0].getClass())
			.cast(Object.class)
			.collectList())).expectNext(List.of(results)).expectComplete().verify(TIMEOUT);
	}

	private ActionException failure(String action, Map<String, ?> arguments) {
		ActionException[] failure = new ActionException[1];
		StepVerifier.create(Await.ended(this.agent.invoke(action).arguments(arguments).toMono(Object.class)))
			.expectErrorSatisfies((error) -> failure[0] = (ActionException) error)
			.verify(TIMEOUT);
		return failure[0];
	}

	@Test
	void namesActions() {
		StepVerifier
			.create(Await.ended(this.agent.actions().map((all) -> all.stream().map(ActionDescriptor::name).toList())))
			.assertNext((names) -> assertThat(names).contains("orders.find", "orders.cancel").doesNotContain("help"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void bindsArguments() {
		expect("table.search", Map.of("city", "Berlin"), "Berlin 2 none any");
		expect("table.search", Map.of("city", "Berlin", "guests", 4, "at", "window", "cuisine", "thai"),
				"Berlin 4 window thai");
		assertThat(failure("table.search", Map.of("guests", 9, "smoking", true)).violations())
			.extracting(Violation::pointer)
			.containsExactlyInAnyOrder("/city", "/guests", "/smoking");
		expect("table.book", Map.of("guests", 2, "day", "2999-01-01", "email", "ada@example.com"), "2 on 2999-01-01");
	}

	@Test
	void suppliesParameters() {
		StepVerifier.create(Await.ended(this.agent.invoke("whoAmI").toMono(String.class)))
			.assertNext((text) -> assertThat(text).startsWith("nobody in session ").endsWith(", no deadline, acme"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void sendsResults(@TempDir Path directory) throws IOException {
		Path file = Files.write(directory.resolve("lines"), List.of("one", "two"));
		expect("results.value", Map.of(), 42);
		expect("results.tokens", Map.of(), "Hello, ", "world");
		expect("results.items", Map.of(), 1, 2, 3);
		expect("results.lines", Map.of("file", file.toString()), "one", "two");
		StepVerifier.create(Await.ended(this.agent.invoke("results.image").toMono(byte[].class)))
			.assertNext((bytes) -> assertThat(bytes).containsExactly(1, 2, 3))
			.expectComplete()
			.verify(TIMEOUT);
		Await.end(this.agent.invoke("results.nothing").toMono(Object.class));
	}

	@Test
	void choosesErrors() {
		ActionException sold = failure("shop.buy", Map.of("item", "boat"));
		assertThat(sold.code()).isEqualTo(300);
		assertThat(sold.isRetryable()).isTrue();
		assertThat(failure("shop.read", Map.of("file", "missing")).errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
	}

	@Test
	void takesItems() {
		StepVerifier
			.create(Await
				.ended(this.agent.invoke("chat.shout").items(Flux.just("a", "b")).toFlux(String.class).collectList()))
			.assertNext((texts) -> assertThat(String.join("", texts)).isEqualTo("AB"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void keepsAttributes() {
		expect("visits", Map.of(), 1);
		expect("visits", Map.of(), 2);
	}

	@Test
	void changesTheCatalog() {
		Await.end(this.agent.actions().then());
		StepVerifier.create(this.agent.changes().take(2).map((change) -> change.name() + " " + change.isAvailable()))
			.then(() -> this.plugins.install("translate", Mono::just))
			.expectNext("plugin.translate true")
			.then(() -> this.plugins.uninstall("translate"))
			.expectNext("plugin.translate false")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(failure("admin.restart", Map.of()).errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
		expect("ping", Map.of(), "pong");
	}

	@Test
	void listensToEvents() {
		this.agent.sendEvent("cursor.moved", new Moods.Cursor(3, 4));
		StepVerifier.create(Await.ended(this.moods.seen().next()))
			.expectNext(new Moods.Cursor(3, 4))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void runsKotlin() {
		expect("kotlin.greet", Map.of("name", "Ada"), "Hello Ada");
		expect("kotlin.count", Map.of("to", 2), 1, 2);
	}

	// tag::names[]
	@Component
	@AgentTool(value = "orders", tags = "shop")
	static class OrderTools {

		@AgentTool(description = "Finds orders by a word", readOnly = true)
		List<String> find(String word) {
			return List.of(word);
		}

		@AgentTool(value = "cancel", title = "Cancel an order", description = "Cancels an order that is not shipped",
				tags = "write", destructive = true, timeout = "30s")
		void cancelOrder(long id) {
		}

		void help() {
		}

	}
	// end::names[]

	@Component
	@AgentTool("table")
	static class TableTools {

		// tag::arguments[]
		@AgentTool
		String search(@AgentParam(description = "Name of the city") String city,
				@AgentParam(defaultValue = "2") @Min(1) @Max(8) int guests, @AgentParam("at") Optional<String> place,
				@Nullable String cuisine) {
			return city + " " + guests + " " + place.orElse("none") + " " + ((cuisine != null) ? cuisine : "any");
		}
		// end::arguments[]

		// tag::record[]
		@AgentTool(description = "Books a table")
		String book(Booking booking) {
			return booking.guests() + " on " + booking.day();
		}

		record Booking(@Min(1) @Max(8) int guests, @AgentParam(description = "Day of the visit") @Future LocalDate day,
				@Email String email, @Nullable String wish) {

		}
		// end::record[]

	}

	@Component
	static class SuppliedTools {

		// tag::supplied[]
		@AgentTool
		Mono<String> whoAmI(AgentExchange exchange, AgentSession session, Deadline deadline, Tenant tenant) {
			String name = (exchange.principal() != null) ? exchange.principal().getName() : "nobody";
			String left = deadline.remaining().map(Duration::toString).orElse("no deadline");
			return Mono.just(name + " in session " + session.id() + ", " + left + ", " + tenant.name());
		}
		// end::supplied[]

		// tag::attributes[]
		@AgentTool
		Mono<Integer> visits(AgentSession session) {
			return session.updateAttribute("visits", Integer.class, (before) -> (before != null) ? before + 1 : 1);
		}
		// end::attributes[]

	}

	record Tenant(String name) {

	}

	// tag::resolver[]
	@Component
	static class TenantResolver implements ToolArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getParameterType() == Tenant.class;
		}

		@Override
		public Tenant resolve(MethodParameter parameter, AgentExchange exchange) {
			return exchange.session().attribute("tenant", Tenant.class).orElse(new Tenant("acme"));
		}

	}
	// end::resolver[]

	@Component
	@AgentTool("results")
	static class ResultTools {

		// tag::results[]
		@AgentTool
		int value() {
			return 42;
		}

		@AgentTool
		Flux<String> tokens() {
			return Flux.just("Hello, ", "world");
		}

		@AgentTool
		Flux<Integer> items() {
			return Flux.range(1, 3);
		}

		@AgentTool
		Flux<DataBuffer> image() {
			return Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(new byte[] { 1, 2, 3 }));
		}

		@AgentTool
		void nothing() {
		}
		// end::results[]

		// tag::blocking[]
		@AgentTool(description = "Reads a file line by line", readOnly = true)
		Stream<String> lines(Path file) throws IOException {
			return Files.lines(file);
		}

		@AgentTool(blocking = AgentTool.Blocking.NO)
		String upper(String text) {
			return text.toUpperCase(Locale.ROOT);
		}
		// end::blocking[]

	}

	@Component
	@AgentTool("shop")
	static class ShopTools {

		// tag::errors[]
		@AgentTool
		Mono<String> buy(String item) {
			return Mono.error(new ActionException(300, "Sold out: " + item).retryable());
		}
		// end::errors[]

		// tag::foreign-errors[]
		@AgentTool("translate")
		Mono<String> translate(String text, AgentExchange exchange) {
			return exchange.invoke("agent.translate")
				.arguments(Map.of("text", text))
				.toMono(String.class)
				.onErrorMap(ActionException.class, ActionException::asOwn);
		}
		// end::foreign-errors[]

		@AgentTool
		String read(String file) {
			throw new UncheckedIOException(new java.nio.file.NoSuchFileException(file));
		}

	}

	@Component
	@AgentTool("chat")
	static class ChatTools {

		// tag::inbound[]
		@AgentTool
		Flux<String> shout(Flux<String> words) {
			return words.map((word) -> word.toUpperCase(Locale.ROOT));
		}
		// end::inbound[]

	}

	@Component
	static class Moods {

		private final Sinks.Many<Cursor> cursors = Sinks.many().replay().all();

		Flux<Cursor> seen() {
			return this.cursors.asFlux();
		}

		private void follow(AgentSession session, Cursor cursor) {
			if (session.isConnected()) {
				this.cursors.tryEmitNext(cursor);
			}
		}

		// tag::events[]
		record Cursor(int line, int column) {

		}

		@AgentEvent("cursor.moved")
		void cursorMoved(Cursor cursor, AgentSession session) {
			follow(session, cursor);
		}
		// end::events[]

	}

	// tag::catalog[]
	@Component
	static class Plugins {

		private final ActionCatalog catalog;

		Plugins(ActionCatalog catalog) {
			this.catalog = catalog;
		}

		void install(String name, Function<String, Mono<String>> plugin) {
			this.catalog.add(Action.named("plugin." + name)
				.description("Runs the plugin " + name)
				.input(Map.of("type", "object", "properties", Map.of("text", Map.of("type", "string"))))
				.handler((exchange) -> plugin.apply(exchange.<Text>arguments(Text.class).text())));
		}

		void uninstall(String name) {
			this.catalog.remove("plugin." + name);
		}

		record Text(String text) {

		}

	}
	// end::catalog[]

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ OrderTools.class, TableTools.class, SuppliedTools.class, TenantResolver.class, ResultTools.class,
			ShopTools.class, ChatTools.class, Moods.class, Plugins.class, KotlinWeather.class })
	static class Application {

		// tag::action-bean[]
		@Bean
		Action ping() {
			return Action.named("ping")
				.description("Answers pong")
				.hints(new ActionHints(true, false, true, false, false, null))
				.result(ResultShape.VALUE)
				.handler((exchange) -> Mono.just("pong"));
		}
		// end::action-bean[]

		// tag::visibility[]
		@Bean
		Action restart() {
			return Action.named("admin.restart")
				.visibleTo((session) -> session.principal() != null && session.principal().getName().equals("admin"))
				.handler((exchange) -> Mono.just("restarting"));
		}
		// end::visibility[]

		// tag::error-resolver[]
		@Bean
		ErrorResolver missingFiles() {
			return (error, exchange) -> (error instanceof UncheckedIOException)
					? new ActionException(ErrorCode.NOT_FOUND, "There is no such file").withCause(error) : null;
		}
		// end::error-resolver[]

		// tag::schema[]
		@Bean
		ToolSchemaCustomizer inlineSchemas() {
			return (SchemaGeneratorConfigBuilder builder) -> builder.with(Option.INLINE_ALL_SCHEMAS);
		}
		// end::schema[]

		@Bean
		SecurityWebFilterChain everybody(ServerHttpSecurity http) {
			return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

	}

}
