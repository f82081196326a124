package io.agentsocket.docs.tables;

import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.autoconfigure.AutoConfigureAgentSocketTester;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.http.HttpHeaders;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.mockito.BDDMockito.given;

/**
 * A snippet of {@code docs/testing.md}.
 */
// tag::whole[]
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "spring.security.user.password=secret")
@AutoConfigureAgentSocketTester
class WholeApplicationTests {

	@MockitoBean
	Tables tables;

	@Test
	void asksThroughTheNetwork(@Autowired AgentSocketTester agent) {
		given(this.tables.free()).willReturn(Flux.just(3));
		String credentials = HttpHeaders.encodeBasicAuth("user", "secret", null);
		AgentSocketTester user = agent.mutate().header("Authorization", "Basic " + credentials).build();
		user.invoke("table.free").expectItems(Integer.class).containsExactly(3);
		user.cut();
		user.invoke("table.free").expectItems(Integer.class).hasSize(1);
	}

}
// end::whole[]
