package io.agentsocket.autoconfigure.console;

import java.net.URI;
import java.util.Set;

import io.agentsocket.autoconfigure.console.ConsoleFiles.File;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * Serves the console in WebFlux. All addresses are relative, so that it works below the
 * base path of the application and behind a proxy that adds a prefix.
 */
final class ConsoleWebHandler implements WebHandler {

	private final ConsoleFiles files;

	private final String path;

	/**
	 * Create a handler.
	 * @param files the files of the console
	 * @param path path of the page, without a slash at its end
	 */
	ConsoleWebHandler(ConsoleFiles files, String path) {
		this.files = files;
		this.path = path;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpResponse response = exchange.getResponse();
		HttpMethod method = exchange.getRequest().getMethod();
		ConsoleFiles.HEADERS.forEach(response.getHeaders()::set);
		if (method != HttpMethod.GET && method != HttpMethod.HEAD) {
			response.getHeaders().setAllow(Set.of(HttpMethod.GET, HttpMethod.HEAD));
			return end(response, HttpStatus.METHOD_NOT_ALLOWED);
		}
		String path = exchange.getRequest().getPath().pathWithinApplication().value();
		if (path.equals(this.path)) {
			response.getHeaders().setLocation(URI.create(path.substring(path.lastIndexOf('/') + 1) + "/"));
			return end(response, HttpStatus.FOUND);
		}
		File file = path.startsWith(this.path + "/") ? this.files.find(path.substring(this.path.length() + 1)) : null;
		if (file == null) {
			return end(response, HttpStatus.NOT_FOUND);
		}
		response.getHeaders().setContentType(MediaType.parseMediaType(file.type()));
		response.getHeaders().setContentLength(file.content().length);
		return (method == HttpMethod.HEAD) ? response.setComplete()
				: response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(file.content())));
	}

	private static Mono<Void> end(ServerHttpResponse response, HttpStatus status) {
		response.setStatusCode(status);
		return response.setComplete();
	}

}
