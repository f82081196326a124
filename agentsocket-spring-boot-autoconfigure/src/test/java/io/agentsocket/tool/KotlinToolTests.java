package io.agentsocket.tool;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kotlin functions as tools, directly and behind a proxy.
 */
class KotlinToolTests {

	static List<Object> beans() {
		ProxyFactory factory = new ProxyFactory(new KotlinTools());
		factory.setProxyTargetClass(true);
		return List.of(new KotlinTools(), factory.getProxy());
	}

	@ParameterizedTest
	@MethodSource("beans")
	void suspendFunctionsReturnOneValue(Object bean) {
		Call call = Call.of(bean, "suspending").with("name", "ab", "times", 2);
		assertThat(call.value()).isEqualTo("abab");
		assertThat(call.action().result()).isEqualTo(ResultShape.VALUE);
		assertThat(call.action().output()).isEqualTo(Map.of("type", "string"));
		assertThat(call.action().input()).containsEntry("required", List.of("name", "times"))
			.containsEntry("properties", Map.of("name", Map.of("type", "string"), "times",
					Map.of("type", "integer", "minimum", Integer.MIN_VALUE, "maximum", Integer.MAX_VALUE)));
	}

	@ParameterizedTest
	@MethodSource("beans")
	void suspendFunctionsFailAndEnd(Object bean) {
		StepVerifier.create(Await.ended(Call.of(bean, "fails").flux()))
			.expectErrorMessage("broken")
			.verify(Call.TIMEOUT);
		Call unit = Call.of(bean, "unit").with("name", "x");
		assertThat(unit.action().result()).isEqualTo(ResultShape.NONE);
		Await.end(unit.flux());
		Call nothing = Call.of(bean, "nothing");
		assertThat(nothing.action().result()).isEqualTo(ResultShape.NONE);
		Await.end(nothing.flux());
	}

	@ParameterizedTest
	@MethodSource("beans")
	void flowsAreStreams(Object bean) {
		Call flow = Call.of(bean, "flow").with("count", 3);
		assertThat(flow.action().result()).isEqualTo(ResultShape.ITEMS);
		StepVerifier.create(Await.ended(flow.flux())).expectNext(0, 1, 2).expectComplete().verify(Call.TIMEOUT);
		Call texts = Call.of(bean, "suspendingFlow");
		assertThat(texts.action().result()).isEqualTo(ResultShape.TEXT);
		StepVerifier.create(Await.ended(texts.flux())).expectNext("a", "b").expectComplete().verify(Call.TIMEOUT);
		Call bytes = Call.of(bean, "bytes");
		assertThat(bytes.action().result()).isEqualTo(ResultShape.BYTES);
		StepVerifier.create(Await.ended(bytes.flux()))
			.expectNext(Bytes.of(new byte[] { 1 }), Bytes.of(new byte[] { 2 }))
			.expectComplete()
			.verify(Call.TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("beans")
	void flowsOfTheCallerAreParameters(Object bean) {
		StepVerifier.create(Await.ended(Call.of(bean, "doubled").sending(Flux.just(1, 2)).with("by", 10).flux()))
			.expectNext(10, 20)
			.expectComplete()
			.verify(Call.TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("beans")
	void cancelReachesCoroutines(Object bean) {
		KotlinTools target = (KotlinTools) org.springframework.test.util.AopTestUtils.getUltimateTargetObject(bean);
		StepVerifier.create(Call.of(bean, "forever").flux()).thenAwait().thenCancel().verify(Call.TIMEOUT);
		Await.until(target::getCancelled);
	}

	@ParameterizedTest
	@MethodSource("beans")
	void nullableParametersAndDefaultValuesAreOptional(Object bean) {
		Call call = Call.of(bean, "defaults");
		assertThat(call.action().input()).containsEntry("required", List.of("name"));
		assertThat(call.with("name", "Ann").value()).isEqualTo("Hello Ann!Hello Ann!null");
		assertThat(call.with("name", "Ann", "note", "n", "greeting", "Hi", "times", 1, "end", "?").value())
			.isEqualTo("Hi Ann?n");
		assertThat(call.with("times", "x").broken()).containsExactlyInAnyOrder("/name required", "/times type");
		assertThat(Call.of(bean, "suspendingDefaults").value()).isEqualTo("yoususpendingDefaults");
		assertThat(Call.of(bean, "suspendingDefaults").with("times", 2).value()).isEqualTo("youyoususpendingDefaults");
	}

	@Test
	void internalFunctionsHaveTheirNames() throws ReflectiveOperationException {
		Object bean = Class.forName("io.agentsocket.tool.KotlinTools$Internal").getConstructor().newInstance();
		assertThat(Call.of(bean, "hidden").with("word", "x").value()).isEqualTo("x");
	}

	@ParameterizedTest
	@MethodSource("beans")
	void elementsAreNullOnlyWhereTheirTypeSaysSo(Object bean) {
		Call call = Call.of(bean, "numbers");
		assertThat(call.with("all", List.of(1), "some", Arrays.asList(2, null)).value())
			.isEqualTo(Arrays.asList(2, null, 1));
		assertThat(call.with("all", Arrays.asList(1, null), "some", List.of()).broken()).containsExactly("/all/1 type");
		assertThat(call.action().input().toString()).contains("items={type=[integer, null]")
			.contains("items={type=integer,");
		assertThat(call.action().output())
			.isEqualTo(Map.of("type", "array", "items", Map.of("type", List.of("integer", "null"))));
	}

	@ParameterizedTest
	@MethodSource("beans")
	void dataClassesFollowTheirTypes(Object bean) {
		Call call = Call.of(bean, "trip");
		Map<String, Object> trip = new HashMap<>(
				Map.of("city", "Bern", "days", List.of(1, 2), "notes", Arrays.asList("x", null)));
		assertThat(call.with("trip", trip).value())
			.hasToString("Trip(city=Bern, days=[1, 2], notes=[x, null], guide=null)");
		trip.put("guide", null);
		assertThat(call.with("trip", trip).value()).isNotNull();
		trip.put("days", Arrays.asList(1, null));
		assertThat(call.with("trip", trip).broken()).containsExactly("/trip/days/1 type");
		trip.put("city", null);
		trip.put("days", List.of(1));
		assertThat(call.with("trip", trip).broken()).containsExactly("/trip/city required");
		trip.remove("city");
		assertThat(call.with("trip", trip).broken()).containsExactly("/trip/city required");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void theModuleForKotlinIsAdvised(CapturedOutput output) {
		Call.of(new KotlinTools(), "trip");
		assertThat(output).contains("tools.jackson.module:jackson-module-kotlin");
	}

}
