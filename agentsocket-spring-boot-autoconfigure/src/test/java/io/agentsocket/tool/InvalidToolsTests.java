package io.agentsocket.tool;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.annotation.JsonDeserialize;

import org.springframework.aop.framework.ProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Mistakes in the declaration of tools.
 */
class InvalidToolsTests {

	@Test
	void allMistakesOfAllToolsAreReportedTogether() {
		Map<String, String> problems = new java.util.TreeMap<>();
		for (InvalidToolsException.Problem problem : problems(new Wrong(), new AlsoWrong())) {
			assertThat(problem.action()).isNotBlank();
			String method = problem.method().replaceAll(".*\\.(\\w+)\\(.*", "$1");
			problems.merge(method, problem.problem(), (a, b) -> a + " " + b);
		}
		assertThat(problems).containsOnlyKeys("badName", "reserved", "nested", "nestedFuture", "rawFlux", "anyFlux",
				"variable", "variableArgument", "twoStreams", "monoArgument", "genericItems", "badDefault", "badNumber",
				"badEnum", "primitive", "sameNames", "isStatic", "isPrivate", "badTimeout", "zeroTimeout",
				"inlineStream", "several", "again", "streamOfStreams", "unreadable", "unreadableByName");
		assertThat(problems.get("unreadable")).contains("Jackson");
		assertThat(problems.get("unreadableByName")).contains("'one'").contains("Jackson");
		assertThat(problems.get("badName")).contains("'a b'");
		assertThat(problems.get("reserved")).contains("reserved");
		assertThat(problems.get("nested")).contains("nests");
		assertThat(problems.get("nestedFuture")).contains("nests");
		assertThat(problems.get("streamOfStreams")).contains("nests");
		assertThat(problems.get("rawFlux")).contains("stream of");
		assertThat(problems.get("anyFlux")).contains("stream of");
		assertThat(problems.get("variable")).contains("variable");
		assertThat(problems.get("variableArgument")).contains("'value'").contains("variable");
		assertThat(problems.get("twoStreams")).contains("'b'").contains("second stream");
		assertThat(problems.get("monoArgument")).contains("at most one");
		assertThat(problems.get("genericItems")).contains("not a class");
		assertThat(problems.get("badDefault")).contains("[1").contains("'list'");
		assertThat(problems.get("badNumber")).contains("'many'");
		assertThat(problems.get("badEnum")).contains("'PURPLE'");
		assertThat(problems.get("primitive")).contains("primitive");
		assertThat(problems.get("sameNames")).contains("'x'");
		assertThat(problems.get("badTimeout")).contains("'soon'");
		assertThat(problems.get("zeroTimeout")).contains("'0s'");
		assertThat(problems.get("inlineStream")).contains("NO");
		assertThat(problems.get("several")).contains("'never'", "'nothing'", "nests");
		assertThat(problems.get("again")).contains("'twice' is taken by").contains("Wrong.first()");
	}

	@Test
	void parametersWithoutANameAreReported() throws Exception {
		Object bean = compiledWithoutParameterNames();
		assertThat(problems(bean)).singleElement().satisfies((problem) -> {
			assertThat(problem.problem()).contains("number 2").contains("no name");
			assertThat(problem.action()).contains("-parameters");
		});
	}

	@Test
	void methodsThatAProxyDoesNotExposeAreReported() {
		ProxyFactory factory = new ProxyFactory();
		factory.setTarget(new Hidden());
		factory.addInterface(Runnable.class);
		assertThat(problems(factory.getProxy())).singleElement()
			.satisfies((problem) -> assertThat(problem.problem()).contains("JDK proxy"));
		ProxyFactory subclass = new ProxyFactory(new Final());
		subclass.setProxyTargetClass(true);
		assertThat(problems(subclass.getProxy())).singleElement()
			.satisfies((problem) -> assertThat(problem.problem()).contains("final"));
	}

	@Test
	void typesThatCannotBeReadAreReportedWithinOthers() {
		class Tools {

			@AgentTool
			void property(@AgentParam Box box, int n) {
			}

			@AgentTool
			void element(List<Supplier<String>> list) {
			}

			@AgentTool
			void deep(Map<String, List<Optional<Box>>> boxes) {
			}

			@AgentTool
			void iterator(Steps steps) {
			}

		}
		assertThat(problems(new Tools())).hasSize(4)
			.allSatisfy((problem) -> assertThat(problem.problem()).contains("Jackson cannot read"));
	}

	@Test
	void typesThatSomethingElseReadsAreNoMistakesWithinOthers() {
		class Tools {

			@AgentTool
			String tool(@AgentParam Mapped mapped) {
				return mapped.toString();
			}

		}
		Map<String, Object> named = Map.of("kind", "square", "side", 1);
		assertThat(Call.of(AgentTools.builder().build().actionsOf(new Tools()), "tool")
			.with("mapped", Map.of("as", Map.of("side", 2), "named", named, "more", List.of(named)))
			.value()).isEqualTo("Mapped[as=Square[side=2], named=Square[side=1], more=[Square[side=1]]]");
	}

	private static List<InvalidToolsException.Problem> problems(Object... beans) {
		InvalidToolsException failure = catchThrowableOfType(InvalidToolsException.class,
				() -> AgentTools.builder().build().actionsOf(beans));
		assertThat(failure).isNotNull();
		failure.problems().forEach((problem) -> assertThat(failure).hasMessageContaining(problem.toString()));
		return failure.problems();
	}

	private static Object compiledWithoutParameterNames() throws Exception {
		return new net.bytebuddy.ByteBuddy().subclass(Object.class)
			.name("io.agentsocket.tool.Nameless")
			.defineMethod("tool", String.class, java.lang.reflect.Modifier.PUBLIC)
			.withParameters(String.class, String.class)
			.intercept(net.bytebuddy.implementation.FixedValue.value("x"))
			.annotateMethod(
					net.bytebuddy.description.annotation.AnnotationDescription.Builder.ofType(AgentTool.class).build())
			.annotateParameter(0,
					net.bytebuddy.description.annotation.AnnotationDescription.Builder.ofType(AgentParam.class)
						.define("value", "first")
						.build())
			.make()
			.load(InvalidToolsTests.class.getClassLoader())
			.getLoaded()
			.getDeclaredConstructor()
			.newInstance();
	}

	interface Figure {

	}

	record Square(int side) implements Figure {

	}

	record Box(Figure figure, int n) {

	}

	record Steps(Iterator<String> steps) {

	}

	record Mapped(@JsonDeserialize(as = Square.class) Figure as, @JsonTypeInfo(use = JsonTypeInfo.Id.NAME,
			property = "kind") @JsonSubTypes(@JsonSubTypes.Type(value = Square.class, name = "square")) Figure named,
			@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind") @JsonSubTypes(@JsonSubTypes.Type(
					value = Square.class, name = "square")) List<Figure> more) {

	}

	enum Colour {

		RED

	}

	@SuppressWarnings({ "rawtypes", "unused" })
	static class Wrong {

		@AgentTool("a b")
		void badName() {
		}

		@AgentTool("as.mine")
		void reserved() {
		}

		@AgentTool
		Mono<Flux<String>> nested() {
			return Mono.empty();
		}

		@AgentTool
		CompletableFuture<Mono<String>> nestedFuture() {
			return new CompletableFuture<>();
		}

		@AgentTool
		Stream<Stream<String>> streamOfStreams() {
			return Stream.empty();
		}

		@AgentTool
		Flux rawFlux() {
			return Flux.empty();
		}

		@AgentTool
		Flux<?> anyFlux() {
			return Flux.empty();
		}

		@AgentTool
		<T> T variable() {
			return null;
		}

		@AgentTool
		<T> void variableArgument(List<T> value) {
		}

		@AgentTool
		void twoStreams(Flux<String> a, Flux<String> b) {
		}

		@AgentTool
		void monoArgument(Mono<String> a) {
		}

		@AgentTool
		void genericItems(Flux<List<String>> a) {
		}

		@AgentTool
		void badDefault(@AgentParam(defaultValue = "[1") List<Integer> list) {
		}

		@AgentTool
		void badNumber(@AgentParam(defaultValue = "many") int number) {
		}

		@AgentTool
		void badEnum(@AgentParam(defaultValue = "PURPLE") Colour colour) {
		}

		@AgentTool
		void primitive(@AgentParam(required = false) int number) {
		}

		@AgentTool
		void sameNames(@AgentParam("x") String a, @AgentParam("x") String b) {
		}

		@AgentTool
		static void isStatic() {
		}

		@AgentTool
		private void isPrivate() {
		}

		@AgentTool(timeout = "soon")
		void badTimeout() {
		}

		@AgentTool(timeout = "0s")
		void zeroTimeout() {
		}

		@AgentTool(blocking = Blocking.NO)
		Stream<String> inlineStream() {
			return Stream.empty();
		}

		@AgentTool(timeout = "never")
		Mono<Mono<String>> several(@AgentParam(defaultValue = "nothing") int a) {
			return Mono.empty();
		}

		@AgentTool
		void unreadable(Unreadable unreadable) {
		}

		@AgentTool
		void unreadableByName(Unreadable one, int two) {
		}

		@AgentTool("twice")
		void first() {
		}

		@AgentTool
		String fine(String text) {
			return text;
		}

	}

	static class Unreadable {

		private final String text;

		Unreadable(String text, int number) {
			this.text = text + number;
		}

		public String getText() {
			return this.text;
		}

		public void setOther(String other) {
			throw new UnsupportedOperationException();
		}

	}

	static class AlsoWrong {

		@AgentTool("twice")
		void again() {
		}

	}

	static class Hidden implements Runnable {

		@Override
		public void run() {
		}

		@AgentTool
		public void tool() {
		}

	}

	static class Final {

		@AgentTool
		public final void tool() {
		}

	}

}
