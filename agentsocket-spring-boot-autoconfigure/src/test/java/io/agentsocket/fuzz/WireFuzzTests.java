package io.agentsocket.fuzz;

import org.junit.jupiter.api.Test;

/**
 * {@link WireFuzz} without Jazzer.
 */
class WireFuzzTests {

	private final KnownInputs inputs;

	WireFuzzTests() throws ReflectiveOperationException {
		this.inputs = new KnownInputs(WireFuzz.class, WireFuzz::fuzzerTestOneInput);
	}

	@Test
	void holdsForKnownInputs() {
		this.inputs.hold();
	}

	@Test
	void holdsForChangedInputs() {
		this.inputs.holdWhenChanged(50_000);
	}

}
