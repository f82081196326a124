package com.example.benchmark.grpc;

import java.util.function.Function;

import com.example.benchmark.Weather;
import com.example.benchmark.grpc.proto.PacedRequest;
import com.example.benchmark.grpc.proto.TextReply;
import com.example.benchmark.grpc.proto.TextRequest;
import com.example.benchmark.grpc.proto.Token;
import com.example.benchmark.grpc.proto.TokensRequest;
import com.example.benchmark.grpc.proto.WeatherReply;
import com.example.benchmark.grpc.proto.WeatherRequest;
import com.example.benchmark.grpc.proto.WorkGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import reactor.core.Disposable;

/**
 * The server's side of {@code work.proto}.
 */
final class WorkService extends WorkGrpc.WorkImplBase {

	@Override
	public void current(WeatherRequest request, StreamObserver<WeatherReply> observer) {
		observer.onNext(reply(request));
		observer.onCompleted();
	}

	@Override
	public StreamObserver<WeatherRequest> currentStream(StreamObserver<WeatherReply> observer) {
		return new Each<>(WorkService::reply, observer);
	}

	@Override
	public void text(TextRequest request, StreamObserver<TextReply> observer) {
		observer.onNext(reply(request));
		observer.onCompleted();
	}

	@Override
	public StreamObserver<TextRequest> textStream(StreamObserver<TextReply> observer) {
		return new Each<>(WorkService::reply, observer);
	}

	private static TextReply reply(TextRequest request) {
		return TextReply.newBuilder()
			.setId(request.getId())
			.setText(new com.example.benchmark.TextRequest(request.getLength()).text())
			.build();
	}

	private static WeatherReply reply(WeatherRequest request) {
		Weather weather = Weather.of(request.getCity());
		return WeatherReply.newBuilder()
			.setId(request.getId())
			.setCity(weather.city())
			.setTemperature(weather.temperature())
			.setConditions(weather.conditions())
			.build();
	}

	@Override
	public void tokens(TokensRequest request, StreamObserver<Token> observer) {
		for (int i = 0; i < request.getN(); i++) {
			observer.onNext(Token.newBuilder().setText(com.example.benchmark.TokensRequest.token(i)).build());
		}
		observer.onCompleted();
	}

	@Override
	public void paced(PacedRequest request, StreamObserver<Token> observer) {
		Disposable items = new com.example.benchmark.PacedRequest(request.getDelay(), request.getPeriod()).items()
			.subscribe((item) -> observer.onNext(Token.newBuilder().setText(item).build()), observer::onError);
		((ServerCallStreamObserver<Token>) observer).setOnCancelHandler(items::dispose);
	}

	/** Answers each question of a stream. */
	private record Each<Q, A>(Function<Q, A> answers, StreamObserver<A> observer) implements StreamObserver<Q> {

		@Override
		public void onNext(Q question) {
			this.observer.onNext(this.answers.apply(question));
		}

		@Override
		public void onError(Throwable error) {
			// The client has gone.
		}

		@Override
		public void onCompleted() {
			this.observer.onCompleted();
		}

	}

}
