package io.agentsocket.server;

import io.agentsocket.fuzz.KnownInputs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * {@link SocketFuzz} without Jazzer.
 */
class SocketFuzzTests {

	private final KnownInputs inputs;

	SocketFuzzTests() throws ReflectiveOperationException {
		this.inputs = new KnownInputs(SocketFuzz.class, SocketFuzz::fuzzerTestOneInput);
	}

	@AfterAll
	static void close() {
		SocketFuzz.close();
	}

	@Test
	void holdsForKnownInputs() {
		this.inputs.hold();
	}

	@Test
	void holdsForChangedInputs() {
		this.inputs.holdWhenChanged(48);
	}

}
