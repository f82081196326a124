package com.example.benchmark.grpc;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

import com.example.benchmark.Connection;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.grpc.proto.TextReply;
import com.example.benchmark.grpc.proto.TextRequest;
import com.example.benchmark.grpc.proto.Token;
import com.example.benchmark.grpc.proto.WeatherReply;
import com.example.benchmark.grpc.proto.WeatherRequest;
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

	private final @Nullable Questions<WeatherRequest, WeatherReply> weather;

	private final @Nullable Questions<TextRequest, TextReply> texts;

	GrpcConnection(int port, boolean bidirectional, boolean direct) {
		NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext();
		this.channel = (direct ? builder.directExecutor() : builder).build();
		this.stub = WorkGrpc.newStub(this.channel);
		this.weather = bidirectional ? new Questions<>(this.stub::currentStream, WeatherReply::getId) : null;
		this.texts = bidirectional ? new Questions<>(this.stub::textStream, TextReply::getId) : null;
	}

	@Override
	public void call(com.example.benchmark.WeatherRequest request, Reply reply) {
		WeatherRequest.Builder question = WeatherRequest.newBuilder().setCity(request.city()).setUnit(request.unit());
		Last<WeatherReply> last = new Last<>((answer) -> answer(answer, reply), reply);
		if (this.weather != null) {
			this.weather.ask((id) -> question.setId(id).build(), last);
		}
		else {
			this.stub.current(question.build(), last);
		}
	}

	@Override
	public void text(com.example.benchmark.TextRequest request, Reply reply) {
		TextRequest.Builder question = TextRequest.newBuilder().setLength(request.length());
		Last<TextReply> last = new Last<>((answer) -> Connection.text(answer.getText().length(), request, reply),
				reply);
		if (this.texts != null) {
			this.texts.ask((id) -> question.setId(id).build(), last);
		}
		else {
			this.stub.text(question.build(), last);
		}
	}

	@Override
	public void paced(PacedRequest request, Consumer<String> item) {
		this.stub.paced(com.example.benchmark.grpc.proto.PacedRequest.newBuilder()
			.setDelay(request.delay())
			.setPeriod(request.period())
			.build(), new Last<>((token) -> item.accept(token.getText()), Connection::pacedFailed));
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
		if (this.weather != null) {
			this.weather.end();
		}
		if (this.texts != null) {
			this.texts.end();
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

	/**
	 * A stream of questions and answers, told apart by their ids; opened by the first.
	 *
	 * @param <Q> type of the questions
	 * @param <A> type of the answers
	 */
	private static final class Questions<Q, A> implements StreamObserver<A> {

		private final Map<Integer, Last<A>> open = new ConcurrentHashMap<>();

		private final AtomicInteger lastId = new AtomicInteger();

		private final Function<StreamObserver<A>, StreamObserver<Q>> call;

		private final ToIntFunction<A> ids;

		private @Nullable StreamObserver<Q> requests;

		private volatile boolean ended;

		Questions(Function<StreamObserver<A>, StreamObserver<Q>> call, ToIntFunction<A> ids) {
			this.call = call;
			this.ids = ids;
		}

		void ask(IntFunction<Q> question, Last<A> answer) {
			int id = this.lastId.incrementAndGet();
			this.open.put(id, answer);
			Q asked = question.apply(id);
			// Questions may come from several threads, and observers are for one.
			synchronized (this) {
				if (this.requests == null) {
					this.requests = this.call.apply(this);
				}
				this.requests.onNext(asked);
			}
		}

		void end() {
			this.ended = true;
			synchronized (this) {
				if (this.requests != null) {
					this.requests.onCompleted();
				}
			}
		}

		@Override
		public void onNext(A answer) {
			int id = this.ids.applyAsInt(answer);
			Last<A> open = this.open.remove(id);
			if (open == null) {
				throw new IllegalStateException("There is no question " + id);
			}
			open.onNext(answer);
		}

		@Override
		public void onError(Throwable error) {
			if (!this.ended) {
				this.open.values().forEach((answer) -> answer.onError(error));
			}
		}

		@Override
		public void onCompleted() {
			onError(new IllegalStateException("The stream has ended"));
		}

	}

	/** Takes the one message of an answer. */
	private record Last<T>(Consumer<T> consumer, Reply reply) implements StreamObserver<T> {

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
