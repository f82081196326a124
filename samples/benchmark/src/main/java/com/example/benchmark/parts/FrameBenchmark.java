package com.example.benchmark.parts;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Writing and reading messages of 16 frames; figures are per frame.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameBenchmark {

	private static final int FRAMES = 16;

	private final FrameWriter writer = new FrameWriter(256);

	private final List<Frame> invokes = new ArrayList<>();

	private final List<Frame> texts = new ArrayList<>();

	private final Bytes invokeMessage;

	private final Bytes textMessage;

	public FrameBenchmark() {
		Bytes arguments = utf8("{\"city\":\"Berlin\",\"unit\":\"celsius\"}");
		Bytes text = utf8("token");
		for (int i = 0; i < FRAMES; i++) {
			int id = 2 * (i + 1_000) + 1;
			this.invokes.add(new Frame.Invoke(id, true, Frame.Ref.alias(1), Bytes.EMPTY, arguments));
			this.texts.add(new Frame.Item(FrameType.TEXT, id, false, Bytes.EMPTY, text));
		}
		this.invokeMessage = write(this.invokes);
		this.textMessage = write(this.texts);
	}

	private static Bytes utf8(String text) {
		return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
	}

	private Bytes write(List<Frame> frames) {
		for (int i = 0; i < FRAMES; i++) {
			this.writer.write(frames.get(i), i == FRAMES - 1);
		}
		return this.writer.take();
	}

	private static void read(Bytes message, Blackhole blackhole) {
		FrameReader reader = new FrameReader(message, Limits.SERVER);
		Frame frame = reader.next();
		while (frame != null) {
			blackhole.consume(frame);
			frame = reader.next();
		}
	}

	@Benchmark
	@OperationsPerInvocation(FRAMES)
	public Bytes writeInvoke() {
		return write(this.invokes);
	}

	@Benchmark
	@OperationsPerInvocation(FRAMES)
	public Bytes writeText() {
		return write(this.texts);
	}

	@Benchmark
	@OperationsPerInvocation(FRAMES)
	public void readInvoke(Blackhole blackhole) {
		read(this.invokeMessage, blackhole);
	}

	@Benchmark
	@OperationsPerInvocation(FRAMES)
	public void readText(Blackhole blackhole) {
		read(this.textMessage, blackhole);
	}

}
