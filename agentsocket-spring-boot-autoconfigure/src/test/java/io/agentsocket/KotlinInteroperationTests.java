package io.agentsocket;

import java.lang.reflect.Method;
import java.util.Arrays;

import kotlinx.coroutines.reactor.ReactorFlowKt;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.core.CoroutinesUtils;

/**
 * Tests in Java see those in Kotlin, and coroutines run on Reactor.
 */
class KotlinInteroperationTests {

	@Test
	void suspendingFunctionEmitsItsResult() {
		Method method = Arrays.stream(KotlinBean.class.getMethods())
			.filter((candidate) -> candidate.getName().equals("greet"))
			.findFirst()
			.orElseThrow();
		StepVerifier.create(Await.ended(Mono
			.from(CoroutinesUtils.invokeSuspendingFunction(method, new KotlinBean(), new KotlinBean.Name("Ada")))
			.cast(String.class))).expectNext("Hello, Ada").expectComplete().verify(Await.LONG);
	}

	@Test
	void flowEmitsItsElements() {
		StepVerifier.create(Await.ended(ReactorFlowKt.asFlux(new KotlinBean().count(3))))
			.expectNext(1, 4, 9)
			.expectComplete()
			.verify(Await.LONG);
	}

}
