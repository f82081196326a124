package io.agentsocket.bridge;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.StringJoiner;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Utf8;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Results of an invocation as one text for a chat model. A stream ends early when the
 * text is as long as it may be, which interrupts the invocation.
 */
public final class CallResult {

	/** Follows a result of which there is more. */
	private static final String CUT = "\n[cut: there is more than fits; ask for less]";

	private final int maxLength;

	private final StringBuilder text = new StringBuilder();

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

	private final StringJoiner items = new StringJoiner(",", "[", "]");

	private int length;

	private boolean cut;

	private CallResult(int maxLength) {
		this.maxLength = maxLength;
	}

	/**
	 * Invoke an action for a text.
	 * @param call the invocation, with all that it needs
	 * @param shape kind of the result of the action
	 * @param maxLength characters that the text may have, without a note that it was cut
	 * @param listener gets each item of a stream when it arrives
	 * @return a text as it is, anything else as JSON, items as a JSON array, bytes in
	 * Base64, and {@code Done.} for nothing
	 */
	public static Mono<String> of(InvocationSpec call, ResultShape shape, int maxLength, Consumer<Object> listener) {
		return switch (shape) {
			case NONE -> call.toMono(Object.class).then(Mono.just("Done."));
			case VALUE -> call.toMono(Object.class)
				.map((value) -> new CallResult(maxLength).single(value))
				.defaultIfEmpty("null");
			case ITEMS -> collect(call.toFlux(Object.class), maxLength, listener, CallResult::addItem,
					(result) -> result.items.toString());
			case TEXT -> collect(call.toFlux(String.class), maxLength, listener, CallResult::addText,
					(result) -> result.text.toString());
			case BYTES -> collect(call.toFlux(byte[].class), maxLength, listener, CallResult::addBytes,
					(result) -> Base64.getEncoder().encodeToString(result.bytes.toByteArray()));
		};
	}

	private static <T> Mono<String> collect(Flux<T> results, int maxLength, Consumer<Object> listener,
			BiConsumer<CallResult, T> add, Function<CallResult, String> finish) {
		return Mono.defer(() -> {
			CallResult result = new CallResult(maxLength);
			return results.doOnNext(listener)
				.doOnNext((part) -> add.accept(result, part))
				.takeUntil((part) -> result.cut)
				.then(Mono.fromCallable(() -> finish.apply(result) + (result.cut ? CUT : "")));
		});
	}

	private String single(Object value) {
		String written = (value instanceof String string) ? string : CallArguments.write(value);
		return (written.length() <= this.maxLength) ? written : Utf8.cut(written, this.maxLength) + CUT;
	}

	private boolean hasRoom(int size) {
		this.cut = size > this.maxLength - this.length;
		this.length += size;
		return !this.cut;
	}

	private void addItem(Object item) {
		String written = CallArguments.write(item);
		if (hasRoom(written.length() + 1)) {
			this.items.add(written);
		}
	}

	private void addText(String piece) {
		if (hasRoom(piece.length())) {
			this.text.append(piece);
		}
	}

	private void addBytes(byte[] piece) {
		// Base64 writes four characters for three bytes.
		if (hasRoom((int) Math.min(Integer.MAX_VALUE, piece.length * 4L / 3 + 1))) {
			this.bytes.writeBytes(piece);
		}
	}

}
