package com.example.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The proxy counts what it passes on.
 */
class CountingProxyTests {

	@Test
	void countsBothDirections() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				CountingProxy proxy = new CountingProxy(server.getLocalPort());
				Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
			CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> answer(server));
			client.getOutputStream().write(new byte[] { 1, 2, 3 });
			assertThat(client.getInputStream().readNBytes(2)).containsExactly(4, 5);
			assertThat(received.get(60, TimeUnit.SECONDS)).containsExactly(1, 2, 3);
			assertThat(proxy.bytes()).isEqualTo(5);
		}
	}

	private static byte[] answer(ServerSocket server) {
		try (Socket socket = server.accept()) {
			byte[] question = socket.getInputStream().readNBytes(3);
			socket.getOutputStream().write(new byte[] { 4, 5 });
			return question;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
