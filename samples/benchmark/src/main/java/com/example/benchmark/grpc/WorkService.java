package com.example.benchmark.grpc;

import com.example.benchmark.Weather;
import com.example.benchmark.grpc.proto.Token;
import com.example.benchmark.grpc.proto.TokensRequest;
import com.example.benchmark.grpc.proto.WeatherReply;
import com.example.benchmark.grpc.proto.WeatherRequest;
import com.example.benchmark.grpc.proto.WorkGrpc;
import io.grpc.stub.StreamObserver;

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
		return new StreamObserver<>() {

			@Override
			public void onNext(WeatherRequest request) {
				observer.onNext(reply(request));
			}

			@Override
			public void onError(Throwable error) {
				// The client has gone.
			}

			@Override
			public void onCompleted() {
				observer.onCompleted();
			}

		};
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

}
