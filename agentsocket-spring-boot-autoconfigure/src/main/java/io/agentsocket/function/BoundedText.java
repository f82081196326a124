package io.agentsocket.function;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

import org.jspecify.annotations.Nullable;

/**
 * The beginning of a body as text; the rest is neither kept nor waited for.
 */
final class BoundedText implements HttpResponse.BodySubscriber<String> {

	private final byte[] bytes;

	private int length;

	private final CompletableFuture<String> text = new CompletableFuture<>();

	private Flow.@Nullable Subscription subscription;

	BoundedText(int limit) {
		this.bytes = new byte[limit];
	}

	@Override
	public CompletionStage<String> getBody() {
		return this.text;
	}

	@Override
	public void onSubscribe(Flow.Subscription all) {
		this.subscription = all;
		all.request(1);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		for (ByteBuffer buffer : buffers) {
			int count = Math.min(buffer.remaining(), this.bytes.length - this.length);
			buffer.get(this.bytes, this.length, count);
			this.length += count;
		}
		Flow.Subscription all = this.subscription;
		if (all != null && this.length < this.bytes.length) {
			all.request(1);
		}
		else if (all != null) {
			all.cancel();
			onComplete();
		}
	}

	@Override
	public void onError(Throwable error) {
		this.text.completeExceptionally(error);
	}

	@Override
	public void onComplete() {
		this.text.complete(new String(this.bytes, 0, this.length, StandardCharsets.UTF_8));
	}

}
