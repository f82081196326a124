package io.agentsocket.relay.answer;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body whose lines are items, and passes each on as it comes.
 */
final class LineDecoder implements AnswerDecoder {

	private final Payloads payloads;

	private @Nullable FunctionFailure failure;

	private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);

	LineDecoder(Payloads payloads) {
		this.payloads = payloads;
	}

	@Override
	public List<AnswerPart> accept(byte[] chunk) {
		List<AnswerPart> items = new ArrayList<>();
		if (this.failure == null) {
			try {
				accept(chunk, items);
			}
			catch (FunctionFailure ex) {
				// The items before it are passed on.
				this.failure = ex;
			}
		}
		return items;
	}

	private void accept(byte[] chunk, List<AnswerPart> items) {
		int from = 0;
		for (int i = 0; i < chunk.length; i++) {
			if (chunk[i] == '\n') {
				add(chunk, from, i);
				take(items);
				from = i + 1;
			}
		}
		add(chunk, from, chunk.length);
	}

	@Override
	public boolean hasEnded() {
		return this.failure != null;
	}

	private void add(byte[] chunk, int from, int to) {
		if (this.line.size() + to - from > this.payloads.maxItem()) {
			throw FunctionFailure.tooLarge();
		}
		this.line.write(chunk, from, to - from);
	}

	private void take(List<AnswerPart> items) {
		byte[] bytes = this.line.toByteArray();
		this.line.reset();
		for (byte octet : bytes) {
			if (octet != ' ' && octet != '\t' && octet != '\r') {
				items.add(this.payloads.value(Bytes.of(bytes)));
				return;
			}
		}
	}

	@Override
	public int held() {
		return this.line.size();
	}

	@Override
	public List<AnswerPart> complete() {
		if (this.failure != null) {
			return List.of(new AnswerPart.Failed(this.failure));
		}
		List<AnswerPart> items = new ArrayList<>();
		take(items);
		items.add(new AnswerPart.End());
		return items;
	}

}
