package com.example.conformance;

import com.example.conformance.foreign.Command;
import com.example.conformance.foreign.ForeignClient;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The clients in other languages pass their own tests.
 */
@DisabledOnOs(OS.WINDOWS)
class ClientTests {

	@ParameterizedTest
	@EnumSource
	void clientPassesItsOwnTests(ForeignClient client) throws InterruptedException {
		assumeThat(client.missing()).isNull();
		Command tests = client.test();
		assertThat(tests.isGood()).as(() -> tests.tail()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void clientIsWrittenAsTheToolsOfItsLanguageWantIt(ForeignClient client) throws InterruptedException {
		assumeThat(client.missing()).isNull();
		assertThat(client.check()).extracting(Command::tail).isEmpty();
	}

}
