package io.agentsocket.relay.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerDecoder;
import io.agentsocket.relay.answer.AnswerHead;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.answer.WholeDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufFlux;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * Carries requests over pooled connections of Reactor Netty. An answer is read chunk by
 * chunk, as it is asked for; a connection whose answer was not read to its end is closed.
 */
public final class NettyTransport implements FunctionTransport {

	private static final AttributeKey<Boolean> USED = AttributeKey.valueOf(NettyTransport.class, "used");

	/** Status line and headers; those of platforms have a few hundred bytes. */
	private static final int MAX_HEADERS = 16 * 1024;

	private static final int MAX_STATUS_LINE = 4 * 1024;

	/**
	 * How long the end of the body may come after the end of the answer: a function
	 * writes both at once. The connection can be used again then.
	 */
	private static final Duration GRACE = Duration.ofMillis(50);

	/** With HTTP/1.1. */
	private final HttpClient plain;

	/** With TLS, over which the function chooses HTTP/2 or HTTP/1.1. */
	private final HttpClient secure;

	private final @Nullable AddressRules rules;

	private final Scheduler timer;

	/**
	 * Create a transport.
	 * @param provider the pool
	 * @param connect how long connecting may take
	 * @param rules refuses addresses, or {@code null} to allow all
	 * @param tls adds certificates
	 */
	public NettyTransport(ConnectionProvider provider, Duration connect, @Nullable AddressRules rules,
			Function<HttpClient, HttpClient> tls, Scheduler timer) {
		HttpClient base = HttpClient.create(provider)
			.disableRetry(true)
			.followRedirect(false)
			.compress(false)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, connect.toMillis()))
			.httpResponseDecoder((spec) -> spec.maxHeaderSize(MAX_HEADERS).maxInitialLineLength(MAX_STATUS_LINE));
		if (rules != null) {
			base = base.resolver(new GuardedResolver(rules));
		}
		// A handshake is a part of connecting. The check of the host's name stays as it
		// is, which it would not with another provider of TLS.
		this.plain = tls.apply(base).doOnChannelInit((observer, channel, address) -> {
			SslHandler handshake = channel.pipeline().get(SslHandler.class);
			if (handshake != null) {
				handshake.setHandshakeTimeoutMillis(connect.toMillis());
			}
		});
		this.secure = this.plain.protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
			.http2Settings((settings) -> settings.maxHeaderListSize(MAX_HEADERS));
		this.rules = rules;
		this.timer = timer;
	}

	@Override
	public Flux<AnswerPart> exchange(FunctionRequest request, Function<AnswerHead, AnswerDecoder> decoders,
			RequestTiming timing) {
		Sinks.Empty<Void> sending = Sinks.empty();
		PresentChannel channel = new PresentChannel();
		HttpClient client = "https".equalsIgnoreCase(request.url().getScheme()) ? this.secure : this.plain;
		Flux<AnswerPart> answer = client.headers((headers) -> request.headers().forEach(headers::set))
			.headers((headers) -> headers.set(HttpHeaderNames.CONTENT_LENGTH, request.body().length()))
			.post()
			.uri(request.url())
			// An observer would differ from request to request, and make a pool for each.
			.send((sent, outbound) -> {
				AtomicBoolean taken = new AtomicBoolean();
				outbound.withConnection((connection) -> {
					channel.sending(connection.channel());
					taken.set(timing.sending(prepare(connection.channel())));
				});
				if (!taken.get()) {
					return Mono.error(new CancellationException("The request was given up before"));
				}
				sending.tryEmitEmpty();
				return Mono.from(outbound.sendObject(body(request))).doOnSuccess((done) -> timing.written());
			})
			.response((response, body) -> read(response, body, request, decoders, timing));
		return answer.takeUntilOther(firstByte(request, timing, sending))
			.takeUntilOther(total(request, timing))
			.doOnError((error) -> channel.giveUp(timing))
			.doOnCancel(() -> channel.giveUp(timing))
			.onErrorMap((error) -> failure(error, timing));
	}

	private static ByteBuf body(FunctionRequest request) {
		return Unpooled.wrappedBuffer(request.body().array(), request.body().offset(), request.body().length());
	}

	/** The time for the first byte begins when a connection has the request. */
	private Mono<Object> firstByte(FunctionRequest request, RequestTiming timing, Sinks.Empty<Void> sending) {
		return sending.asMono()
			.then(Mono.delay(request.firstByte(), this.timer))
			.flatMap((tick) -> timing.hasResponded() ? Mono.never() : Mono.error(FunctionFailure
				.late(FunctionFailure.Kind.FIRST_BYTE, "No answer within " + request.firstByte().toMillis() + " ms")));
	}

	/** A request that no connection has taken yet is not sent any more. */
	private Mono<Object> total(FunctionRequest request, RequestTiming timing) {
		String limit = request.total().toMillis() + " ms";
		return Mono.delay(request.total(), this.timer)
			.then(Mono.error(() -> timing.abandon()
					? FunctionFailure
						.unconnected(new FunctionFailure.BrokenRule("There was no connection within " + limit))
					: FunctionFailure.late(FunctionFailure.Kind.ANSWER, "The request takes longer than " + limit)));
	}

	/**
	 * Prepares a connection for a request.
	 * @return whether it was used before
	 */
	private static boolean prepare(Channel channel) {
		if (channel.pipeline().get(NettyPipeline.HttpCodec) != null
				&& channel.pipeline().get(InformationalAnswers.class) == null) {
			channel.pipeline()
				.addAfter(NettyPipeline.HttpCodec, InformationalAnswers.class.getName(), new InformationalAnswers());
		}
		Channel socket = (channel.parent() != null) ? channel.parent() : channel;
		return Boolean.TRUE.equals(socket.attr(USED).getAndSet(Boolean.TRUE));
	}

	private Publisher<AnswerPart> read(HttpClientResponse response, ByteBufFlux body, FunctionRequest request,
			Function<AnswerHead, AnswerDecoder> decoders, RequestTiming timing) {
		timing.responded();
		AnswerDecoder decoder = decoder(response, decoders);
		Sinks.Empty<Void> ended = Sinks.empty();
		Publisher<byte[]> chunks = SilenceLimit.on(body.asByteArray(), request.idle(), this.timer, timing);
		return Flux.from(chunks)
			// A chunk behind the end is not read: the connection is closed.
			.takeWhile((chunk) -> !decoder.hasEnded())
			// Before the parts, which may wait for the agent for long.
			.takeUntilOther(ended.asMono().then(Mono.delay(GRACE, this.timer)))
			.concatMapIterable((chunk) -> {
				Iterable<AnswerPart> parts = decoder.accept(chunk);
				if (decoder.hasEnded()) {
					ended.tryEmitEmpty();
				}
				return parts;
			}, 1)
			.concatWith(Flux.defer(() -> Flux.fromIterable(decoder.complete())));
	}

	/** Chooses a decoder; a body that is no answer is left out, but not left behind. */
	private static AnswerDecoder decoder(HttpClientResponse response, Function<AnswerHead, AnswerDecoder> decoders) {
		try {
			return decoders.apply(new AnswerHead(response.status().code(),
					response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE),
					response.responseHeaders().get(HttpHeaderNames.CONTENT_ENCODING),
					response.responseHeaders().get(HttpHeaderNames.RETRY_AFTER)));
		}
		catch (FunctionFailure ex) {
			return WholeDecoder.ignoring(List.of(new AnswerPart.Failed(ex)));
		}
	}

	private static Throwable failure(Throwable thrown, RequestTiming timing) {
		Throwable error = Exceptions.unwrap(thrown);
		if (error instanceof FunctionFailure) {
			return error;
		}
		if (timing.hasResponded()) {
			return (error instanceof IOException) ? FunctionFailure.cutOff(error)
					: FunctionFailure.malformed("The answer cannot be read: " + error);
		}
		if (!timing.isSent() || error instanceof AddressRules.ForbiddenAddressException) {
			return FunctionFailure.unconnected(error);
		}
		if (error instanceof PrematureChannelClosureException || error instanceof IOException) {
			return new FunctionFailure(FunctionFailure.Kind.RESET,
					new ActionException(ErrorCode.LOST, "The function has closed the connection").mayHaveRun()
						.withCause(error));
		}
		return FunctionFailure.malformed("This is no answer: " + error);
	}

	/**
	 * The connection of one request. Reactor Netty keeps one whose request has no answer
	 * yet until the function answers, whether or not the answer is still wanted; so it is
	 * closed here. When the answer has begun, the end of its body decides. Thread-safe.
	 */
	private static final class PresentChannel {

		private volatile @Nullable Channel channel;

		private volatile boolean isGivenUp;

		void sending(Channel present) {
			this.channel = present;
			if (this.isGivenUp) {
				present.close();
			}
		}

		void giveUp(RequestTiming timing) {
			this.isGivenUp = true;
			Channel present = this.channel;
			if (present != null && !timing.hasResponded()) {
				present.close();
			}
		}

	}

}
