package io.agentsocket.autoconfigure.aot;

import java.lang.reflect.Type;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.session.AgentSession;
import io.agentsocket.springai.AgentSocketTools;
import jakarta.validation.constraints.Min;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolCallResultConverter;
import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * An application with everything that is on the class path of the tests, and an agent
 * that tries it out. It is processed ahead of time, and then started.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableReactiveMethodSecurity
@RegisterReflectionForBinding({ AheadOfTimeApplication.Place.class, AheadOfTimeApplication.Weather.class })
public class AheadOfTimeApplication {

	private static final Log logger = LogFactory.getLog(AheadOfTimeApplication.class);

	/** Before what was tried out, in a line of the log. */
	static final String RESULT = "RESULT ";

	public static void main(String[] args) throws Exception {
		try (ConfigurableApplicationContext context = SpringApplication.run(AheadOfTimeApplication.class, args)) {
			tryOut(context);
		}
	}

	/**
	 * Call what the application offers, and print one line for each result.
	 * @param context the running application
	 */
	static void tryOut(ConfigurableApplicationContext context) throws Exception {
		String host = "127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
		if (context.getEnvironment().getProperty("agentsocket.function.enabled", Boolean.class, false)) {
			tryOutFunction(host);
			return;
		}
		AgentSocketClient agent = AgentSocketClient.builder("ws://" + host + "/agentsocket")
			.onQuestion((question) -> Mono.just(Answer.of("Oregon")))
			.onApproval((approval) -> Mono.just(approval.arguments().containsKey("city")))
			.build();
		print("actions", agent.actions().blockOptional().orElseThrow().stream().map(ActionDescriptor::name).toList());
		print("weather", call(agent, "weather", Map.of("place", Map.of("city", "Rome")), Weather.class));
		print("area", call(agent, "area", Map.of("shape", Map.of("@type", "Circle", "radius", 2)), Double.class));
		print("tokens", agent.invoke("tokens").toFlux(String.class).collectList().block());
		print("ask", call(agent, "ask", Map.of(), String.class));
		print("approved", call(agent, "approved", Map.of("city", "Rome"), String.class));
		print("secured", call(agent, "secured", Map.of(), String.class));
		print("plan", call(agent, "plan", Map.of("trip", Map.of("to", "Rome", "days", 3)), String.class));
		print("loud", call(agent, "loud", Map.of("text", "hey"), String.class));
		print("echo", call(agent, "repeat", Map.of("text", "hello"), Object.class));
		print("many", call(agent, "many", Map.of("count", 0), Void.class));
		print("operated", operate(host));
		print("modelled", model(context));
		agent.sendEvent("moved", Map.of("city", "Oslo"));
		print("moved", context.getBean(Listeners.class).places.asMono().block());
		agent.close().block();
		HttpResponse<String> page = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://" + host + "/agentsocket/console/index.html")).build(),
					HttpResponse.BodyHandlers.ofString());
		print("console", page.statusCode() + " " + page.body().contains("<html"));
		print("listed", mcp(host, "tools/list", "{}", "\"weather\""));
		print("called", mcp(host, "tools/call",
				"{\"name\": \"weather\", \"arguments\": {\"place\": {\"city\": \"Bonn\"}}}", "CLEAR"));
	}

	/**
	 * The endpoint of the Actuator shows a session, its stream, actions and functions.
	 */
	private static String operate(String host) {
		AgentSocketClient busy = AgentSocketClient.builder("ws://" + host + "/agentsocket")
			.onQuestion((question) -> Mono.never())
			.build();
		Disposable asking = busy.invoke("ask").toMono(String.class).subscribe();
		Await.until(() -> get(host, "/streams").contains("as.ask"));
		String sessions = get(host, "/sessions");
		String id = sessions.replaceFirst("(?s).*?\"id\":\"([^\"]+)\".*", "$1");
		String all = get(host, "") + sessions + get(host, "/sessions/" + id) + get(host, "/connections")
				+ get(host, "/streams") + get(host, "/actions") + get(host, "/functions")
				+ get(host, "/functions/echo");
		asking.dispose();
		busy.close().block();
		return (List
			.of("\"accepting\":true", "\"unacknowledged\":", "\"action\":\"as.ask\"", "\"name\":\"weather\"",
					"\"guard\":")
			.stream()
			.allMatch(all::contains)) ? "true" : all;
	}

	private static String get(String host, String part) {
		HttpResponse<String> answer = HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(URI.create("http://" + host + "/actuator/agentsocket" + part)).build(),
					HttpResponse.BodyHandlers.ofString())
			.join();
		return answer.statusCode() + answer.body() + "\n";
	}

	/** A model calls the application's own actions as tools. */
	private static String model(ConfigurableApplicationContext context) {
		AgentSocketClient own = AgentSocketClient
			.builder("ws://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/agentsocket")
			.build();
		try (AgentSocketTools tools = AgentSocketTools.builder(own).build()) {
			ToolCallback weather = List.of(tools.provider().getToolCallbacks())
				.stream()
				.filter((tool) -> tool.getToolDefinition().name().equals("weather"))
				.findFirst()
				.orElseThrow();
			return weather.call("{\"place\": {\"city\": \"Bern\"}}");
		}
		finally {
			own.close().block();
		}
	}

	/** The requests of a relay. */
	private static void tryOutFunction(String host) throws Exception {
		print("described", function(host, "\"type\": \"describe\"", "\"weather\"", "\"count\""));
		print("weather", function(host, invoke("weather", "{\"place\": {\"city\": \"Rome\"}}"), "CLEAR", "Rome"));
		print("area", function(host, invoke("area", "{\"shape\": {\"@type\": \"Circle\", \"radius\": 2}}"), "4.0"));
		print("tokens", function(host, invoke("tokens", "{}"), "a", "b"));
		print("ask", function(host, invoke("ask", "{}"), "as.ask", "Which?"));
		print("approved", function(host, invoke("approved", "{\"city\": \"Rome\"}"), "as.approve", "Rome"));
		print("secured", function(host, invoke("secured", "{}"), "allowed"));
		print("plan", function(host, invoke("plan", "{\"trip\": {\"to\": \"Rome\", \"days\": 3}}"), "days=3"));
		print("loud", function(host, invoke("loud", "{\"text\": \"hey\"}"), "hey!"));
		print("echo", function(host, invoke("repeat", "{\"text\": \"hello\"}"), "hello"));
		print("many", function(host, invoke("many", "{\"count\": 0}"), "/count"));
	}

	private static String invoke(String action, String arguments) {
		return ("\"type\": \"invoke\", \"invocation\": \"one\", \"attempt\": 1, \"codec\": \"json\", \"timeoutMs\": 60000,"
				+ " \"session\": {\"id\": \"s\"}, \"principal\": null, \"action\": \"%s\", \"arguments\": %s")
			.formatted(action, arguments);
	}

	/** Status of the answer, and whether all of that is in its body. */
	private static String function(String host, String members, String... expected) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + "/function"))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"v\": 1, \"function\": \"aot\", %s}".formatted(members)))
			.build();
		HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		return answer.statusCode() + " "
				+ (List.of(expected).stream().allMatch(answer.body()::contains) ? true : answer.body());
	}

	private static String mcp(String host, String method, String params, String expected) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + "/mcp"))
			.header("Content-Type", "application/json")
			.header("Accept", "application/json, text/event-stream")
			.POST(HttpRequest.BodyPublishers.ofString(
					"{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"%s\", \"params\": %s}".formatted(method, params)))
			.build();
		HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		return answer.statusCode() + " " + answer.body().contains(expected);
	}

	private static Object call(AgentSocketClient agent, String action, Map<String, ?> arguments, Class<?> type) {
		return agent.invoke(action)
			.arguments(arguments)
			.toMono(type)
			.map(String::valueOf)
			.defaultIfEmpty("nothing")
			.onErrorResume(ActionException.class,
					(error) -> Mono.just("error " + error.code() + " " + error.violations()))
			.blockOptional()
			.orElseThrow();
	}

	private static void print(String name, Object value) {
		logger.info(RESULT + name + " " + value);
	}

	@Bean
	SecurityWebFilterChain everybody(ServerHttpSecurity http) {
		return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
			.csrf((csrf) -> csrf.disable())
			.build();
	}

	@Bean
	Tools tools() {
		return new Tools();
	}

	@Bean
	TravelTools travelTools() {
		return new TravelTools();
	}

	@Bean
	ToolCallback repeat() {
		return new ToolCallback() {

			@Override
			public ToolDefinition getToolDefinition() {
				return ToolDefinition.builder()
					.name("repeat")
					.description("Repeats its arguments")
					.inputSchema("{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"string\"}}}")
					.build();
			}

			@Override
			public String call(String arguments) {
				return arguments;
			}

		};
	}

	@Bean
	Listeners listeners() {
		return new Listeners();
	}

	@Bean
	SecuredTools securedTools() {
		return new SecuredTools();
	}

	@Bean
	Rights rights() {
		return new Rights();
	}

	static class Tools {

		@AgentTool(visibleTo = "@rights.seen()")
		Mono<Weather> weather(@AgentParam(description = "Place") Place place) {
			return Mono.just(new Weather(place, Sky.CLEAR));
		}

		@AgentTool
		double area(Shape shape) {
			return (shape instanceof Circle circle) ? circle.radius() * 2 : 0;
		}

		@AgentTool
		Flux<String> tokens() {
			return Flux.just("a", "b");
		}

		@AgentTool
		Mono<String> ask(AgentExchange exchange) {
			return exchange.ask("Which?", String.class);
		}

		@AgentTool(approval = true)
		String approved(String city) {
			return city;
		}

		@AgentTool
		void many(@Min(1) int count) {
		}

		@AgentTool(visibleTo = "!@rights.seen()")
		void unseen() {
		}

	}

	static class TravelTools {

		@Tool(description = "Plans a trip")
		String plan(@ToolParam(description = "The trip") Trip trip) {
			return trip.toString();
		}

		@Tool(resultConverter = Loud.class)
		String loud(String text) {
			return text;
		}

	}

	/** Spring AI makes it by its constructor, which is public. */
	public static class Loud implements ToolCallResultConverter {

		@Override
		public String convert(@Nullable Object result, @Nullable Type returnType) {
			return result + "!";
		}

	}

	static class SecuredTools {

		@AgentTool
		@PreAuthorize("permitAll()")
		Mono<String> secured() {
			return Mono.just("allowed");
		}

	}

	static class Listeners {

		private final Sinks.One<Place> places = Sinks.one();

		@AgentEvent
		void moved(Place place, AgentSession session) {
			this.places.tryEmitValue(place);
		}

	}

	static class Rights {

		public boolean seen() {
			return true;
		}

	}

	record Trip(String to, int days) {

	}

	record Place(String city) {

	}

	record Weather(Place place, Sky sky) {

	}

	enum Sky {

		CLEAR, CLOUDY

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME)
	sealed interface Shape permits Circle, Squares {

	}

	record Circle(double radius) implements Shape {

	}

	record Squares(List<Square> squares) implements Shape {

	}

	record Square(double side) {

	}

}
