package io.agentsocket.actuate;

import java.lang.reflect.RecordComponent;

import io.agentsocket.relay.FunctionReport;
import io.agentsocket.server.ServerLoad;
import io.agentsocket.server.SessionReport;
import io.agentsocket.server.StreamReport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A native image knows all records that the endpoint shows, those in pages, too.
 */
class EndpointHintsTests {

	@ParameterizedTest
	@ValueSource(classes = { AgentSocketEndpoint.Overview.class, AgentSocketEndpoint.Memory.class,
			AgentSocketEndpoint.Threads.class, AgentSocketEndpoint.Page.class, AgentSocketEndpoint.ActionReport.class,
			ServerLoad.class, SessionReport.class, StreamReport.class, FunctionReport.class,
			FunctionReport.Failure.class })
	void recordsAreWritten(Class<?> type) {
		RuntimeHints hints = new RuntimeHints();
		new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, AgentSocketEndpoint.class);
		assertThat(type.getRecordComponents()).isNotEmpty();
		for (RecordComponent component : type.getRecordComponents()) {
			assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(component.getAccessor()).test(hints))
				.as(component.toString())
				.isTrue();
		}
	}

}
