package io.agentsocket.tool;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageImpl;
import org.springframework.data.domain.PageRequest;
import org.springframework.http.HttpEntity;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Types of results of which nothing useful would be sent are reported at the start, and
 * no others.
 */
class HollowResultTests {

	@Test
	void typesThatOnlyHoldAValueAreReported() {
		InvalidToolsException failure = catchThrowableOfType(InvalidToolsException.class,
				() -> AgentTools.builder().build().actionsOf(new Hollow()));
		assertThat(failure).isNotNull();
		assertThat(failure.problems()).allSatisfy((problem) -> {
			assertThat(problem.problem()).contains("is no value to send");
			assertThat(problem.action()).startsWith("Return ");
		});
		Map<String, String> actions = failure.problems()
			.stream()
			.collect(Collectors.toMap((problem) -> problem.method().replaceAll(".*\\.(\\w+)\\(.*", "$1"),
					InvalidToolsException.Problem::action));
		assertThat(actions).containsOnlyKeys("events", "response", "responseLater", "entity", "callable", "suppliers",
				"future", "scheduled", "enumeration", "input", "bytes", "reader", "resource", "resourceLater");
		assertThat(actions.get("response")).contains("body");
		assertThat(actions.get("events")).contains("data");
		assertThat(failure.problems()).anySatisfy((problem) -> assertThat(problem.problem()).contains("Resource"));
	}

	@Test
	void typesOfTheApplicationAreSentWithTheirProperties() {
		List<Action> actions = AgentTools.builder().executor(Runnable::run).build().actionsOf(new Full());
		assertThat(sent(actions, "task", JsonMapper.shared())).isEqualTo(Map.of("name", "x"));
		assertThat(sent(actions, "level", JsonMapper.shared())).isEqualTo("HIGH");
		assertThat(sent(actions, "later", JsonMapper.shared())).isEqualTo("x");
		assertThat(sent(actions, "page", JsonMapper.shared())).asInstanceOf(InstanceOfAssertFactories.MAP)
			.containsEntry("content", List.of("x"));
	}

	@Test
	void typesThatTheApplicationWritesAreSent() {
		JsonMapper mapper = JsonMapper.builder()
			.addMixIn(HttpEntity.class, BodyOnly.class)
			.addModule(new SimpleModule().addSerializer(Supplier.class, ToStringSerializer.instance))
			.build();
		List<Action> actions = AgentTools.builder()
			.mapper(mapper)
			.executor(Runnable::run)
			.build()
			.actionsOf(new Written());
		assertThat(sent(actions, "response", mapper)).isEqualTo("x");
		assertThat(sent(actions, "supplier", mapper)).isEqualTo("Task[name=x]");
	}

	private static @Nullable Object sent(List<Action> actions, String name, JsonMapper mapper) {
		Codec codec = JacksonCodec.json(mapper, 32);
		Call call = Call.of(actions, name).codec(codec);
		return codec.decode(codec.encode(call.value(), call.action().resultType()), Object.class);
	}

	interface BodyOnly {

		@JsonValue
		Object getBody();

	}

	record Task(String name) implements Callable<String>, Supplier<String> {

		@Override
		public String call() {
			return this.name;
		}

		@Override
		public String get() {
			return this.name;
		}

	}

	enum Level implements Supplier<String> {

		HIGH;

		@Override
		public String get() {
			return name();
		}

	}

	static class Hollow {

		@AgentTool
		Flux<ServerSentEvent<String>> events() {
			return Flux.empty();
		}

		@AgentTool
		ResponseEntity<String> response() {
			return ResponseEntity.ok("x");
		}

		@AgentTool
		Mono<ResponseEntity<String>> responseLater() {
			return Mono.empty();
		}

		@AgentTool
		HttpEntity<?> entity() {
			return HttpEntity.EMPTY;
		}

		@AgentTool
		Callable<String> callable() {
			return () -> "x";
		}

		@AgentTool
		Stream<Supplier<String>> suppliers() {
			return Stream.empty();
		}

		@AgentTool
		Future<String> future() {
			return CompletableFuture.completedFuture("x");
		}

		@AgentTool
		@Nullable ScheduledFuture<String> scheduled() {
			return null;
		}

		@AgentTool
		Enumeration<String> enumeration() {
			return Collections.emptyEnumeration();
		}

		@AgentTool
		InputStream input() {
			return InputStream.nullInputStream();
		}

		@AgentTool
		ByteArrayInputStream bytes() {
			return new ByteArrayInputStream(new byte[0]);
		}

		@AgentTool
		Reader reader() {
			return new StringReader("x");
		}

		@AgentTool
		Resource resource() {
			return new ByteArrayResource(new byte[0]);
		}

		@AgentTool
		Mono<ByteArrayResource> resourceLater() {
			return Mono.empty();
		}

	}

	static class Full {

		@AgentTool
		Task task() {
			return new Task("x");
		}

		@AgentTool
		Level level() {
			return Level.HIGH;
		}

		@AgentTool
		Mono<CharSequence> later() {
			return Mono.just("x");
		}

		@AgentTool
		Page<String> page() {
			return new PageImpl<>(List.of("x"), PageRequest.of(0, 10), 1);
		}

	}

	static class Written {

		@AgentTool
		ResponseEntity<String> response() {
			return ResponseEntity.ok("x");
		}

		@AgentTool
		Supplier<String> supplier() {
			return new Task("x");
		}

	}

}
