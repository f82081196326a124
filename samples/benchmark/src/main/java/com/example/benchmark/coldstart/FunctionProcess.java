package com.example.benchmark.coldstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A function in a process of its own that is asked once.
 */
abstract class FunctionProcess implements AutoCloseable {

	private static final String SECRET = "c2FtcGxlcy9mdW5jdGlvbnMgaGFzIG5vIHNlY3JldHM=";

	/** Body of the request. */
	final String body;

	private final long begin = System.nanoTime();

	private final Path output;

	private final Process process;

	FunctionProcess(Path directory, List<String> command, Map<String, String> environment, String arguments)
			throws IOException {
		this.body = "{\"v\":1,\"type\":\"invoke\",\"invocation\":\"i\",\"action\":\"story.tell\",\"arguments\":"
				+ arguments + ",\"session\":{\"id\":\"s\"},\"result\":\"items\"}";
		this.output = directory.resolve("output.txt");
		ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(this.output.toFile());
		builder.environment().putAll(environment);
		builder.environment().put("SHOP_SECRET", "whsec_" + SECRET);
		builder.environment().put("FUNCTION_SECRET", "whsec_" + SECRET);
		this.process = builder.start();
	}

	/** Nanoseconds from the start of the process. */
	final long firstByte() throws Exception {
		ask();
		return System.nanoTime() - this.begin;
	}

	/** Milliseconds of processor time until now, by all threads of the process. */
	final double cpu() {
		return this.process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
	}

	/** Asks, and returns when the first byte of the answer is there. */
	abstract void ask() throws Exception;

	final void checkAlive() throws IOException {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("The function has ended: " + Files.readString(this.output));
		}
	}

	/** Takes the rest of the answer. */
	abstract void finish() throws IOException;

	/** Ends by itself, so that it can leave an archive. */
	final void end() throws Exception {
		finish();
		this.process.destroy();
		this.process.waitFor(2, TimeUnit.MINUTES);
	}

	@Override
	public void close() throws IOException {
		this.process.destroyForcibly().onExit().join();
	}

	/** Headers that sign the body. */
	final Map<String, String> headers() throws Exception {
		long now = System.currentTimeMillis() / 1000;
		String id = "msg_" + "0".repeat(22);
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET), "HmacSHA256"));
		byte[] signature = mac.doFinal((id + "." + now + "." + this.body).getBytes(StandardCharsets.UTF_8));
		return Map.of("content-type", "application/json", "webhook-id", id, "webhook-timestamp", String.valueOf(now),
				"webhook-signature", "v1," + Base64.getEncoder().encodeToString(signature));
	}

}
