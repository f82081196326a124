package io.agentsocket.tool;

import io.agentsocket.fuzz.KnownInputs;
import org.junit.jupiter.api.Test;

/**
 * {@link ArgumentsFuzz} without Jazzer.
 */
class ArgumentsFuzzTests {

	private final KnownInputs inputs;

	ArgumentsFuzzTests() throws ReflectiveOperationException {
		this.inputs = new KnownInputs(ArgumentsFuzz.class, ArgumentsFuzz::fuzzerTestOneInput);
	}

	@Test
	void holdsForKnownInputs() {
		this.inputs.hold();
	}

	@Test
	void holdsForChangedInputs() {
		this.inputs.holdWhenChanged(5_000);
	}

}
