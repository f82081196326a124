package io.agentsocket.function;

import java.net.URI;

import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;

/**
 * Functions on Reactor Netty, as WebFlux has it.
 */
class NettyFunctionTests extends FunctionContract {

	private DisposableServer server;

	@Override
	URI serve(FunctionEndpoint endpoint) {
		this.server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(new FunctionHttpHandler(endpoint)))
			.bindNow();
		return URI.create("http://127.0.0.1:" + this.server.port() + "/function");
	}

	@Override
	void stop() {
		this.server.disposeNow();
	}

}
