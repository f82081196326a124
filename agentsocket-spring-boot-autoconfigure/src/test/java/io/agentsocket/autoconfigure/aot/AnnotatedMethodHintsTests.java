package io.agentsocket.autoconfigure.aot;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonPOJOBuilder;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.annotation.AliasFor;
import org.springframework.data.redis.core.ReactiveHashOperations;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The hints that come out when an application with tools and listeners is processed ahead
 * of time.
 */
class AnnotatedMethodHintsTests {

	private static RuntimeHints hints;

	@BeforeAll
	static void process() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(Application.class);
			GenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get(AnnotatedMethodHintsTests.class)),
					new InMemoryGeneratedFiles());
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			hints = generation.getRuntimeHints();
		}
	}

	@Test
	void methodsOfToolsAreInvoked() {
		assertInvoked(Tools.class, "current");
		assertInvoked(Tools.class, "hidden");
		assertInvoked(Tools.class, "composed");
		assertInvoked(Lazily.class, "lazy");
		assertInvoked(Scoped.class, "scoped");
		assertInvoked(Declared.class, "declared");
	}

	@Test
	void methodsOfListenersAreInvoked() {
		assertInvoked(Listeners.class, "moved");
	}

	@Test
	void methodsThatAProxyExposesAreInvoked() {
		assertInvoked(Contract.class, "promised");
		assertInvoked(Keeper.class, "promised");
		assertInvoked(Pledge.class, "pledged");
	}

	@ParameterizedTest
	@ValueSource(classes = { Report.class, Place.class, Wind.class, Sky.class, Query.class, Payload.class, Circle.class,
			Square.class, Cat.class, Dog.class, Owner.class, ByCreator.class, Inner.class, Bound.class, Item.class,
			Token.class, Parent.class, OfParent.class })
	void valuesAreBound(Class<?> type) {
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(type)
			.withMemberCategories(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS, MemberCategory.ACCESS_DECLARED_FIELDS))
			.accepts(hints);
	}

	@Test
	void interfacesOfValuesAreRead() {
		assertInvoked(Animal.class, "getName");
		assertThat(RuntimeHintsPredicates.reflection().onType(Shape.class)).accepts(hints);
	}

	@Test
	void accessorsAndCreatorsAreInvoked() {
		assertInvoked(Place.class, "city");
		assertInvoked(Sky.class, "text");
		assertInvoked(ByCreator.class, "from");
		assertInvoked(Built.Builder.class, "name");
		assertInvoked(Built.Builder.class, "build");
	}

	@Test
	void arraysAreMade() {
		assertThat(RuntimeHintsPredicates.reflection().onType(Item[].class)).accepts(hints);
	}

	@Test
	void beansThatRulesAskAreInvoked() {
		assertInvoked(Rights.class, "mayDelete");
	}

	@Test
	void typesThatAreNoValuesAreLeftOut() {
		assertThat(hints.reflection().typeHints().map((hint) -> hint.getType().getName()))
			.doesNotContain(AgentExchange.class.getName(), AgentSession.class.getName(), Unused.class.getName());
	}

	@Test
	void resourcesAreKept() {
		assertThat(RuntimeHintsPredicates.resource().forResource("io/agentsocket/console/index.html")).accepts(hints);
		assertThat(RuntimeHintsPredicates.resource().forResource("io/agentsocket/console/client/index.js"))
			.accepts(hints);
		assertThat(RuntimeHintsPredicates.resource().forResource("META-INF/spring-configuration-metadata.json"))
			.accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(TypeReference.of("io.agentsocket.action.QuestionHandlers$ApprovalArguments"))
			.withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(TypeReference.of("io.agentsocket.observation.TimerInterceptor"))
			.withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS)).accepts(hints);
		assertThat(RuntimeHintsPredicates.proxies().forInterfaces(AgentTool.class)).accepts(hints);
		assertThat(RuntimeHintsPredicates.proxies().forInterfaces(ReactiveHashOperations.class)).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(ReactiveHashOperations.class)
			.withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS)).accepts(hints);
	}

	private static void assertInvoked(Class<?> type, String method) {
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(type, method)).accepts(hints);
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

		@Bean
		@Lazy
		Lazily lazily() {
			return new Lazily();
		}

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Scoped scoped() {
			return new Scoped();
		}

		@Bean
		Declared declared() {
			return (query) -> "declared";
		}

		@Bean
		Keeper keeper() {
			return new Keeper();
		}

		@Bean
		Listeners listeners() {
			return new Listeners();
		}

		@Bean
		Rights rights() {
			return new Rights();
		}

	}

	static class Tools {

		@AgentTool
		Mono<Report> current(Query query, AgentExchange exchange) {
			return Mono.empty();
		}

		@AgentTool
		private Flux<Shape> hidden(List<? extends Animal> animals, Optional<ByCreator> creator) {
			return Flux.empty();
		}

		@Composed("composed")
		<T extends Bound> Map<String, T> composed(Item[] items, Flux<Token> tokens, AgentSession session) {
			return Map.of();
		}

		@AgentTool(visibleTo = "hasRole('ADMIN') or @rights.mayDelete(authentication)")
		OfParent removed(Built built) {
			return new OfParent();
		}

		void unused(Unused unused) {
		}

	}

	static class Lazily {

		@AgentTool
		void lazy() {
		}

	}

	static class Scoped {

		@AgentTool
		void scoped() {
		}

	}

	interface Declared {

		@AgentTool
		String declared(String query);

	}

	interface Contract {

		@AgentTool
		String promised(String text);

	}

	interface Pledge<T> {

		@AgentTool
		void pledged(T text);

	}

	static class Keeper implements Contract, Pledge<String> {

		@Override
		public void pledged(String text) {
		}

		@Override
		public String promised(String text) {
			return text;
		}

	}

	static class Listeners {

		@AgentEvent
		void moved(Payload payload, AgentSession session) {
		}

	}

	static class Rights {

		public boolean mayDelete(Object authentication) {
			return false;
		}

	}

	@AgentTool
	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@interface Composed {

		@AliasFor(annotation = AgentTool.class)
		String value();

	}

	record Query(Place place) {

	}

	record Place(String city) {

	}

	record Report(List<Wind> winds, Map<String, Sky> skies) {

	}

	record Wind(double speed) {

	}

	enum Sky {

		CLEAR;

		@JsonValue
		String text() {
			return name();
		}

	}

	record Payload(String text) {

	}

	sealed interface Shape permits Circle, Square {

	}

	record Circle(double radius) implements Shape {

	}

	record Square(double side) implements Shape {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
	@JsonSubTypes({ @JsonSubTypes.Type(Cat.class), @JsonSubTypes.Type(Dog.class) })
	interface Animal {

		String getName();

	}

	record Cat(String name) implements Animal {

		@Override
		public String getName() {
			return this.name;
		}

	}

	static class Dog implements Animal {

		private @Nullable Owner owner;

		@Override
		public String getName() {
			return "dog";
		}

		public void setOwner(Owner owner) {
			this.owner = owner;
		}

		@Nullable Owner owner() {
			return this.owner;
		}

	}

	record Owner(String name) {

	}

	static final class ByCreator {

		@JsonCreator
		static ByCreator from(@JsonProperty("inner") Inner inner) {
			return new ByCreator();
		}

	}

	record Inner(int number) {

	}

	static class Bound {

		public int number;

	}

	record Item(String name) {

	}

	record Token(String text) {

	}

	static class Parent {

		public int number;

	}

	static class OfParent extends Parent {

	}

	@JsonDeserialize(builder = Built.Builder.class)
	static final class Built {

		@JsonPOJOBuilder(withPrefix = "")
		static class Builder {

			Builder name(String name) {
				return this;
			}

			Built build() {
				return new Built();
			}

		}

	}

	record Unused(String text) {

	}

}
