package com.example.functions;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The function in Python behind a pod, in the server that Python brings.
 */
class PythonTests implements PythonFunctionContract {

	/** As the program does it, at any free port. */
	private static final String PROGRAM = """
			import socketserver, sys
			from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
			sys.path.insert(0, "python")
			import function
			threads = type("Threads", (socketserver.ThreadingMixIn, WSGIServer), {"daemon_threads": True})
			quiet = type("Quiet", (WSGIRequestHandler,), {"log_message": lambda *_: None})
			with make_server("127.0.0.1", 0, function.application, threads, quiet) as server:
			    print("listening on", server.server_port, flush=True)
			    server.serve_forever()
			""";

	private static ChildProcess python;

	private static TestRelay relay;

	@BeforeAll
	static void start() throws Exception {
		try {
			python = ChildProcess.start(List.of("python3", "-c", PROGRAM),
					Map.of("AGENTSOCKET_SECRETS", TestRelay.SECRET, "PYTHONDONTWRITEBYTECODE", "1"));
		}
		catch (IOException ex) {
			System.out.println("Not run: the tests of the function in Python behind a pod, for want of python3");
		}
		assumeThat(python).isNotNull();
		relay = new TestRelay(python.url("/"));
	}

	@AfterAll
	static void stop() {
		if (relay != null) {
			relay.close();
		}
		if (python != null) {
			python.close();
		}
	}

	@Override
	public TestRelay relay() {
		return relay;
	}

	@Test
	void itemsAreStreamed() {
		List<?> items = relay.agent.invoke("numbers.count")
			.arguments(Map.of("count", 1000))
			.toFlux(Map.class)
			.collectList()
			.block(TestRelay.PATIENCE);
		assertThat(items).hasSize(1000);
		assertThat(items.get(999)).isEqualTo(Map.of("n", 999));
	}

}
