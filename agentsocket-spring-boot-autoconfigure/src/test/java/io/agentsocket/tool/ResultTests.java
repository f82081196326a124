package io.agentsocket.tool;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Results by the return types of tools.
 */
class ResultTests {

	private static final NettyDataBufferFactory BUFFERS = new NettyDataBufferFactory(
			io.netty.buffer.UnpooledByteBufAllocator.DEFAULT);

	private final Tools tools = new Tools();

	@Test
	void valuesAreSentAsOneValue() {
		assertThat(value("text")).isEqualTo("text");
		assertThat(value("number")).isEqualTo(7);
		assertThat(value("mono")).isEqualTo("mono");
		assertThat(value("future")).isEqualTo("future");
		assertThat(value("stage")).isEqualTo("stage");
		assertThat(value("list")).isEqualTo(List.of(1, 2));
		assertThat(value("map")).isEqualTo(Map.of("a", 1));
		assertThat(value("optional")).isEqualTo(Optional.of("x"));
		for (String name : List.of("text", "number", "mono", "future", "stage", "list", "map", "optional")) {
			assertThat(shape(name)).as(name).isEqualTo(ResultShape.VALUE);
		}
	}

	@Test
	void nothingIsSentForNothing() {
		for (String name : List.of("nothing", "nothingLater", "nothingInTheFuture", "boxedNothing")) {
			assertThat(shape(name)).as(name).isEqualTo(ResultShape.NONE);
			Await.end(Call.of(this.tools, name).flux());
		}
		assertThat(this.tools.ran).isTrue();
		Await.end(Call.of(this.tools, "nullValue").flux());
		Await.end(Call.of(this.tools, "nullMono").flux());
	}

	@Test
	void streamsAreSentItemByItem() {
		for (String name : List.of("flux", "publisher", "stream", "iterable", "iterator")) {
			assertThat(shape(name)).as(name).isEqualTo(ResultShape.ITEMS);
			StepVerifier.create(Await.ended(Call.of(this.tools, name).flux()))
				.expectNext(1, 2, 3)
				.expectComplete()
				.verify(Call.TIMEOUT);
		}
	}

	@Test
	void streamsOfTextAreSentAsText() {
		for (String name : List.of("texts", "textStream")) {
			assertThat(shape(name)).as(name).isEqualTo(ResultShape.TEXT);
			assertThat(Call.of(this.tools, name).action().output()).isNull();
			StepVerifier.create(Await.ended(Call.of(this.tools, name).flux()))
				.expectNext("a", "b")
				.expectComplete()
				.verify(Call.TIMEOUT);
		}
	}

	@Test
	void bytesAreSentAsBytes() {
		for (String name : List.of("bytes", "byteMono", "byteFlux", "byteStream", "byteBuffer", "buffer", "bufferMono",
				"bufferFlux", "bufferStream", "bufferFuture")) {
			assertThat(shape(name)).as(name).isEqualTo(ResultShape.BYTES);
			assertThat(Call.of(this.tools, name).action().output()).isNull();
			StepVerifier.create(Await.ended(Call.of(this.tools, name).flux()))
				.expectNext(Bytes.utf8("one"))
				.expectComplete()
				.verify(Call.TIMEOUT);
		}
		assertThat(this.tools.buffers).isNotEmpty().allSatisfy((buffer) -> assertThat(buffer.refCnt()).isZero());
	}

	@Test
	void buffersAreReleasedOnCancel() {
		StepVerifier.create(Call.of(this.tools, "queuedBuffers").flux(), 1)
			.expectNextCount(1)
			.thenCancel()
			.verify(Call.TIMEOUT);
		StepVerifier.create(Call.of(this.tools, "bufferStreams").flux(), 1)
			.expectNextCount(1)
			.thenCancel()
			.verify(Call.TIMEOUT);
		Await.untilAsserted(() -> assertThat(this.tools.buffers).isNotEmpty()
			.allSatisfy((buffer) -> assertThat(buffer.refCnt()).isZero()));
	}

	@Test
	void reactiveToolsStayOnTheCallingThread() {
		String here = Thread.currentThread().getName();
		assertThat(value("monoThread")).isEqualTo(here);
		assertThat(value("inlineThread")).isEqualTo(here);
		assertThat(value("plainThread")).isNotEqualTo(here);
		assertThat(value("blockingMonoThread")).isNotEqualTo(here);
		StepVerifier.create(Await.ended(Call.of(this.tools, "blockingFluxThread").flux()))
			.assertNext((name) -> assertThat(name).isNotEqualTo(here))
			.expectComplete()
			.verify(Call.TIMEOUT);
	}

	@Test
	void failuresPassWithoutWrappers() {
		for (String name : List.of("fails", "failsInline", "failsLater", "failsInTheFuture", "failsAsStream")) {
			StepVerifier.create(Await.ended(Call.of(this.tools, name).flux()))
				.expectErrorSatisfies(
						(ex) -> assertThat(ex).as(name).isInstanceOf(java.io.IOException.class).hasMessage("broken"))
				.verify(Call.TIMEOUT);
		}
		StepVerifier.create(Await.ended(Call.of(this.tools, "chooses").flux()))
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOfSatisfying(ActionException.class,
					(action) -> assertThat(action.errorCode()).isEqualTo(ErrorCode.NOT_FOUND)))
			.verify(Call.TIMEOUT);
		StepVerifier.create(Await.ended(Call.of(this.tools, "lacksAClass").flux()))
			.expectErrorSatisfies((ex) -> assertThat(ex).hasCauseInstanceOf(NoClassDefFoundError.class))
			.verify(Call.TIMEOUT);
	}

	@Test
	void cancelReachesReactiveToolsAndFutures() {
		StepVerifier.create(Call.of(this.tools, "endless").flux()).thenAwait().thenCancel().verify(Call.TIMEOUT);
		assertThat(this.tools.cancelled).isTrue();
		StepVerifier.create(Call.of(this.tools, "pending").flux()).thenAwait().thenCancel().verify(Call.TIMEOUT);
		assertThat(this.tools.pending).isCancelled();
	}

	private Object value(String name) {
		return Call.of(this.tools, name).value();
	}

	private ResultShape shape(String name) {
		return Call.of(this.tools, name).action().result();
	}

	static class Tools {

		private final AtomicBoolean ran = new AtomicBoolean();

		private final AtomicBoolean cancelled = new AtomicBoolean();

		private final CompletableFuture<String> pending = new CompletableFuture<>();

		private final List<ByteBuf> buffers = new java.util.concurrent.CopyOnWriteArrayList<>();

		private DataBuffer data() {
			ByteBuf buffer = Unpooled.copiedBuffer("one", StandardCharsets.UTF_8);
			this.buffers.add(buffer);
			return BUFFERS.wrap(buffer);
		}

		@AgentTool
		String text() {
			return "text";
		}

		@AgentTool
		int number() {
			return 7;
		}

		@AgentTool
		Mono<String> mono() {
			return Mono.just("mono");
		}

		@AgentTool
		CompletableFuture<String> future() {
			return CompletableFuture.completedFuture("future");
		}

		@AgentTool
		CompletionStage<String> stage() {
			return CompletableFuture.completedStage("stage");
		}

		@AgentTool
		List<Integer> list() {
			return List.of(1, 2);
		}

		@AgentTool
		Map<String, Integer> map() {
			return Map.of("a", 1);
		}

		@AgentTool
		Optional<String> optional() {
			return Optional.of("x");
		}

		@AgentTool
		void nothing() {
			this.ran.set(true);
		}

		@AgentTool
		Void boxedNothing() {
			return null;
		}

		@AgentTool
		Mono<Void> nothingLater() {
			return Mono.empty();
		}

		@AgentTool
		CompletableFuture<Void> nothingInTheFuture() {
			return CompletableFuture.completedFuture(null);
		}

		@AgentTool
		String nullValue() {
			return null;
		}

		@AgentTool
		Mono<String> nullMono() {
			return null;
		}

		@AgentTool
		Flux<Integer> flux() {
			return Flux.just(1, 2, 3);
		}

		@AgentTool
		Publisher<Integer> publisher() {
			return Flux.just(1, 2, 3);
		}

		@AgentTool
		Stream<Integer> stream() {
			return Stream.of(1, 2, 3);
		}

		@AgentTool
		Iterable<Integer> iterable() {
			return List.of(1, 2, 3);
		}

		@AgentTool
		Iterator<Integer> iterator() {
			return List.of(1, 2, 3).iterator();
		}

		@AgentTool
		Flux<String> texts() {
			return Flux.just("a", "b");
		}

		@AgentTool
		Stream<String> textStream() {
			return Stream.of("a", "b");
		}

		@AgentTool
		byte[] bytes() {
			return "one".getBytes(StandardCharsets.UTF_8);
		}

		@AgentTool
		Mono<byte[]> byteMono() {
			return Mono.just(bytes());
		}

		@AgentTool
		Flux<byte[]> byteFlux() {
			return Flux.just(bytes());
		}

		@AgentTool
		Stream<byte[]> byteStream() {
			return Stream.of(bytes());
		}

		@AgentTool
		ByteBuffer byteBuffer() {
			return ByteBuffer.wrap(bytes());
		}

		@AgentTool
		DataBuffer buffer() {
			return data();
		}

		@AgentTool
		Mono<DataBuffer> bufferMono() {
			return Mono.fromCallable(this::data);
		}

		@AgentTool
		Flux<DataBuffer> bufferFlux() {
			return Mono.fromCallable(this::data).flux();
		}

		@AgentTool
		Stream<DataBuffer> bufferStream() {
			return Stream.of(data());
		}

		@AgentTool
		CompletableFuture<DataBuffer> bufferFuture() {
			return CompletableFuture.completedFuture(data());
		}

		@AgentTool
		Flux<DataBuffer> queuedBuffers() {
			return Flux.range(0, 10).map((i) -> data()).publishOn(reactor.core.scheduler.Schedulers.immediate());
		}

		@AgentTool
		Stream<DataBuffer> bufferStreams() {
			return Stream.generate(this::data);
		}

		@AgentTool
		Mono<String> monoThread() {
			return Mono.fromCallable(() -> Thread.currentThread().getName());
		}

		@AgentTool(blocking = Blocking.NO)
		String inlineThread() {
			return Thread.currentThread().getName();
		}

		@AgentTool
		String plainThread() {
			return Thread.currentThread().getName();
		}

		@AgentTool(blocking = Blocking.YES)
		Mono<String> blockingMonoThread() {
			return monoThread();
		}

		@AgentTool(blocking = Blocking.YES)
		Flux<String> blockingFluxThread() {
			return monoThread().flux();
		}

		@AgentTool
		String fails() throws java.io.IOException {
			throw new java.io.IOException("broken");
		}

		@AgentTool(blocking = Blocking.NO)
		String failsInline() throws java.io.IOException {
			throw new java.io.IOException("broken");
		}

		@AgentTool
		Mono<String> failsLater() throws java.io.IOException {
			throw new java.io.IOException("broken");
		}

		@AgentTool
		CompletionStage<String> failsInTheFuture() {
			return CompletableFuture.supplyAsync(() -> {
				throw new java.util.concurrent.CompletionException(new java.io.IOException("broken"));
			});
		}

		@AgentTool
		Stream<String> failsAsStream() throws java.io.IOException {
			throw new java.io.IOException("broken");
		}

		@AgentTool
		String chooses() {
			throw new ActionException(ErrorCode.NOT_FOUND, "No such thing.");
		}

		@AgentTool(blocking = Blocking.NO)
		String lacksAClass() {
			throw new NoClassDefFoundError("x");
		}

		@AgentTool
		Flux<String> endless() {
			return Sinks.many()
				.unicast()
				.<String>onBackpressureBuffer()
				.asFlux()
				.doOnCancel(() -> this.cancelled.set(true));
		}

		@AgentTool
		CompletableFuture<String> pending() {
			return this.pending;
		}

	}

}
