package io.agentsocket;

import java.util.List;
import java.util.Set;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link ClassCircles}: each circle is found, but for a builder and a callback.
 */
class ClassCirclesTests {

	private static List<Set<String>> circles(Class<?>... types) {
		JavaClasses classes = new ClassFileImporter().importClasses(types);
		return ClassCircles.of(classes, "io.agentsocket");
	}

	@Test
	void aCircleOfSeveralClassesIsOne() {
		assertThat(circles(CircleA.class, CircleB.class, CircleB.Part.class, CircleC.class))
			.containsExactly(Set.of("CircleA", "CircleB", "CircleC"));
		assertThat(circles(CircleA.class, CircleC.class)).isEmpty();
	}

	@Test
	void aBuilderMakesNoCircle() {
		assertThat(circles(Built.class, BuiltBuilder.class)).isEmpty();
	}

	@Test
	void theSignatureOfACallbackMakesNoCircle() {
		assertThat(circles(Holder.class, Callback.class)).isEmpty();
	}

	@Test
	void theCodeOfACallbackDoes() {
		assertThat(circles(OtherHolder.class, CallbackWithCode.class))
			.containsExactly(Set.of("CallbackWithCode", "OtherHolder"));
	}

}

class CircleA {

	@Nullable CircleB next;

}

class CircleB {

	static class Part {

		CircleC[] next = {};

	}

}

class CircleC {

	@Nullable CircleA next;

}

class Built {

	BuiltBuilder mutate() {
		return new BuiltBuilder();
	}

}

class BuiltBuilder {

	Built build() {
		return new Built();
	}

}

@FunctionalInterface
interface Callback {

	void call(Holder holder);

}

class Holder {

	@Nullable Callback callback;

}

@FunctionalInterface
interface CallbackWithCode {

	void call(OtherHolder holder);

	static CallbackWithCode of(OtherHolder holder) {
		return (other) -> holder.run();
	}

}

class OtherHolder {

	@Nullable CallbackWithCode callback;

	void run() {
		// Does nothing.
	}

}
