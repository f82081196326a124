package com.example.benchmark.grpc;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import com.example.benchmark.grpc.proto.Token;
import com.example.benchmark.grpc.proto.WeatherReply;
import com.example.benchmark.grpc.proto.WorkGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a generated stub.
 */
final class GrpcConnection implements Connection {

	private final ManagedChannel channel;

	private final WorkGrpc.WorkStub stub;

	private final @Nullable Questions questions;

	GrpcConnection(int port, boolean bidirectional) {
		this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
		this.stub = WorkGrpc.newStub(this.channel);
		this.questions = bidirectional ? new Questions(this.stub) : null;
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		var question = com.example.benchmark.grpc.proto.WeatherRequest.newBuilder()
			.setCity(request.city())
			.setUnit(request.unit());
		if (this.questions != null) {
			this.questions.ask(question, reply);
		}
		else {
			this.stub.current(question.build(), new Last<>((WeatherReply answer) -> answer(answer, reply), reply));
		}
	}

	private static void answer(WeatherReply answer, Reply reply) {
		Connection.answer(new Weather(answer.getCity(), answer.getTemperature(), answer.getConditions()), reply);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		this.stub.tokens(com.example.benchmark.grpc.proto.TokensRequest.newBuilder().setN(request.n()).build(),
				new StreamObserver<Token>() {

					@Override
					public void onNext(Token token) {
						tokens.token(token.getText());
					}

					@Override
					public void onError(Throwable error) {
						tokens.failed(error);
					}

					@Override
					public void onCompleted() {
						tokens.end();
					}

				});
	}

	@Override
	public void close() {
		if (this.questions != null) {
			this.questions.end();
		}
		this.channel.shutdown();
		try {
			if (!this.channel.awaitTermination(5, TimeUnit.SECONDS)) {
				this.channel.shutdownNow();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** A stream of questions and answers, told apart by their ids. */
	private static final class Questions implements StreamObserver<WeatherReply> {

		private final Map<Integer, Reply> open = new ConcurrentHashMap<>();

		private final AtomicInteger lastId = new AtomicInteger();

		private final StreamObserver<com.example.benchmark.grpc.proto.WeatherRequest> requests;

		private volatile boolean ended;

		Questions(WorkGrpc.WorkStub stub) {
			this.requests = stub.currentStream(this);
		}

		void ask(com.example.benchmark.grpc.proto.WeatherRequest.Builder question, Reply reply) {
			int id = this.lastId.incrementAndGet();
			this.open.put(id, reply);
			// Questions may come from several threads, and observers are for one.
			synchronized (this.requests) {
				this.requests.onNext(question.setId(id).build());
			}
		}

		void end() {
			this.ended = true;
			synchronized (this.requests) {
				this.requests.onCompleted();
			}
		}

		@Override
		public void onNext(WeatherReply answer) {
			Reply reply = this.open.remove(answer.getId());
			if (reply == null) {
				throw new IllegalStateException("There is no question " + answer.getId());
			}
			answer(answer, reply);
		}

		@Override
		public void onError(Throwable error) {
			if (!this.ended) {
				this.open.values().forEach((reply) -> reply.done(error));
			}
		}

		@Override
		public void onCompleted() {
			onError(new IllegalStateException("The stream has ended"));
		}

	}

	/** Takes the one message of an answer. */
	private record Last<T>(java.util.function.Consumer<T> consumer, Reply reply) implements StreamObserver<T> {

		@Override
		public void onNext(T value) {
			this.consumer.accept(value);
		}

		@Override
		public void onError(Throwable error) {
			this.reply.done(error);
		}

		@Override
		public void onCompleted() {
			// The answer was taken.
		}

	}

}
