package com.example.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import com.example.benchmark.agentsocket.AgentSocketContestant;
import org.jspecify.annotations.Nullable;

/**
 * The Redis of those contestants that need one: the one that is named by
 * {@code AGENTSOCKET_TEST_REDIS} (a system property or a variable of the environment, as
 * {@code host:port}), or one of its own if {@code redis-server} is on the path.
 */
final class Redis implements AutoCloseable {

	private static final String NAME = "AGENTSOCKET_TEST_REDIS";

	private final @Nullable String address;

	private final @Nullable Process process;

	private Redis(@Nullable String address, @Nullable Process process) {
		this.address = address;
		this.process = process;
	}

	static Redis find() throws IOException {
		if (!AgentSocketContestant.canBeInRedis()) {
			return new Redis(null, null);
		}
		String configured = System.getProperty(NAME, "");
		if (configured.isBlank()) {
			configured = System.getenv(NAME);
		}
		if (configured != null && !configured.isBlank()) {
			return new Redis(configured, null);
		}
		return Cores.isOnPath("redis-server") ? start() : new Redis(null, null);
	}

	private static Redis start() throws IOException {
		int port;
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = free.getLocalPort();
		}
		Process process = new ProcessBuilder("redis-server", "--bind", "127.0.0.1", "--port", Integer.toString(port),
				"--save", "", "--appendonly", "no")
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		Redis redis = new Redis("127.0.0.1:" + port, process);
		// Also when the comparison is interrupted.
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
		for (int i = 0; i < 100; i++) {
			try {
				new Socket(InetAddress.getLoopbackAddress(), port).close();
				return redis;
			}
			catch (IOException ex) {
				pause();
			}
		}
		redis.close();
		throw new IOException("redis-server does not listen");
	}

	private static void pause() {
		try {
			TimeUnit.MILLISECONDS.sleep(50);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean isThere() {
		return this.address != null;
	}

	/** Processor time of a Redis of its own, else nothing. */
	Duration cpu() {
		return (this.process != null) ? this.process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO)
				: Duration.ZERO;
	}

	/** Tells a server where Redis is. */
	List<String> jvmArguments() {
		if (this.address == null) {
			return List.of();
		}
		int colon = this.address.lastIndexOf(':');
		return List.of("-Dspring.data.redis.host=" + this.address.substring(0, colon),
				"-Dspring.data.redis.port=" + this.address.substring(colon + 1));
	}

	@Override
	public void close() {
		if (this.process != null) {
			this.process.destroy();
		}
	}

}
