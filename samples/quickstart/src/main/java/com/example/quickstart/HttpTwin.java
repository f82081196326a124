package com.example.quickstart;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import com.example.quickstart.DemoTools.Weather;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The same two actions as JSON over HTTP, and a client that counts what they cost.
 */
@RestController
class HttpTwin {

	private final DemoTools tools;

	HttpTwin(DemoTools tools) {
		this.tools = tools;
	}

	@PostMapping("/http/weather")
	Weather weather(@RequestBody Map<String, String> arguments) {
		return DemoTools.weather(arguments.getOrDefault("city", ""));
	}

	@GetMapping(path = "/http/tokens", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Map<String, String>> tokens(@RequestParam int n) {
		return this.tools.tokens(n, Flux.empty()).map((token) -> Map.of("token", token));
	}

	long bytesOfCall(int port) {
		AtomicLong bytes = new AtomicLong();
		client(port, bytes).headers((headers) -> headers.set("Content-Type", "application/json"))
			.post()
			.uri("/http/weather")
			.send(Mono
				.fromSupplier(() -> Unpooled.wrappedBuffer("{\"city\":\"Berlin\"}".getBytes(StandardCharsets.UTF_8))))
			.responseContent()
			.aggregate()
			.block();
		return bytes.get();
	}

	long bytesOfStream(int port, int events) {
		AtomicLong bytes = new AtomicLong();
		client(port, bytes).headers((headers) -> headers.set("Accept", MediaType.TEXT_EVENT_STREAM_VALUE))
			.get()
			.uri("/http/tokens?n=1000")
			.responseContent()
			.asString()
			.take(events)
			.blockLast();
		return bytes.get();
	}

	private static HttpClient client(int port, AtomicLong bytes) {
		return HttpClient.newConnection()
			.baseUrl("http://localhost:" + port)
			.doOnConnected((connection) -> connection.channel().pipeline().addFirst(new Counter(bytes)));
	}

	private static final class Counter extends ChannelDuplexHandler {

		private final AtomicLong bytes;

		Counter(AtomicLong bytes) {
			this.bytes = bytes;
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
			count(message);
			super.channelRead(context, message);
		}

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
			count(message);
			super.write(context, message, promise);
		}

		private void count(Object message) {
			if (message instanceof ByteBuf buffer) {
				this.bytes.addAndGet(buffer.readableBytes());
			}
		}

	}

}
