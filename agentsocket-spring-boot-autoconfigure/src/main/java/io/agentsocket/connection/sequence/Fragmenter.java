package io.agentsocket.connection.sequence;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;

/**
 * Splits a frame whose payload does not fit the frame limit into PART frames and the
 * frame with the rest. Implements section 9.6 of {@code docs/protocol.md} (PART).
 */
public final class Fragmenter {

	private Fragmenter() {
	}

	/** The payload that PART frames may carry in front, or carry; else empty. */
	public static Bytes payload(Frame frame) {
		if (frame instanceof Frame.Item item) {
			return item.body();
		}
		if (frame instanceof Frame.Invoke invoke) {
			return invoke.arguments();
		}
		if (frame instanceof Frame.Event event) {
			return event.payload();
		}
		if (frame instanceof Frame.Define define) {
			return define.descriptor();
		}
		if (frame instanceof Frame.Part part) {
			return part.body();
		}
		return Bytes.EMPTY;
	}

	/** The same frame with another payload. */
	public static Frame withPayload(Frame frame, Bytes payload) {
		if (frame instanceof Frame.Item item) {
			return new Frame.Item(item.type(), item.streamId(), item.end(), item.metadata(), payload);
		}
		if (frame instanceof Frame.Invoke invoke) {
			return new Frame.Invoke(invoke.streamId(), invoke.end(), invoke.ref(), invoke.metadata(), payload);
		}
		if (frame instanceof Frame.Event event) {
			return new Frame.Event(event.ref(), event.metadata(), payload);
		}
		if (frame instanceof Frame.Define define) {
			return new Frame.Define(define.alias(), define.name(), define.metadata(), payload);
		}
		if (frame instanceof Frame.Part part) {
			return new Frame.Part(part.streamId(), payload);
		}
		throw new IllegalArgumentException("No payload in " + frame.type());
	}

	/**
	 * Splits a frame into frames of at most a number of bytes; a small one stays as it
	 * is.
	 */
	public static List<Frame> split(Frame frame, int frameLimit) {
		if (FrameWriter.bound(frame) <= frameLimit) {
			return List.of(frame);
		}
		Bytes payload = payload(frame);
		int perPart = frameLimit - 16;
		// Room that the head and the metadata leave for the payload of the last frame.
		int inLast = Math.max(0, frameLimit - (FrameWriter.bound(frame) - payload.length()));
		List<Frame> frames = new ArrayList<>();
		int at = 0;
		while (payload.length() - at > inLast) {
			int length = Math.min(perPart, payload.length() - at);
			frames.add(new Frame.Part(frame.streamId(), payload.slice(at, length)));
			at += length;
		}
		frames.add(withPayload(frame, payload.slice(at, payload.length() - at)));
		return frames;
	}

}
