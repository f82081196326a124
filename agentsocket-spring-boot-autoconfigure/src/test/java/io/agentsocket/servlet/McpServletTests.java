package io.agentsocket.servlet;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpSettings;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bodies of requests that are refused.
 */
class McpServletTests {

	private final AgentSocketServer server = AgentSocketServer.builder(new ActionCatalog()).build();

	private final McpEndpoint endpoint = new McpEndpoint(
			this.server.directCalls(), JacksonCodec.json(), new McpSettings("test", "1.0", null, 100_000, 100_000, 32,
					Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofMinutes(5), 3, 2),
			new CallerPolicy(List.of(), List.of(), List.of()));

	private final AtomicLong nanos = new AtomicLong();

	private final McpServlet servlet = new McpServlet(this.endpoint, UpgradeContext.NONE, this.nanos::get);

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	@AfterEach
	void stop() {
		this.endpoint.close();
		this.server.close();
	}

	/** A request whose body has so many bytes, which come one by one. */
	private Drip refused(int bytes, Duration pause) throws ServletException, IOException {
		Drip body = new Drip(bytes, pause);
		MockHttpServletRequest request = new MockHttpServletRequest("PUT", "/mcp") {

			@Override
			public ServletInputStream getInputStream() {
				return body;
			}

			@Override
			public long getContentLengthLong() {
				return bytes;
			}

		};
		request.setProtocol("HTTP/1.1");
		this.servlet.service(request, this.response);
		assertThat(this.response.getStatus()).isEqualTo(405);
		return body;
	}

	/** The thread is free again, and the answer is there. */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void bodyThatDripsIsNotWaitedFor(int seconds) throws ServletException, IOException {
		Drip body = refused(100_000, Duration.ofSeconds(seconds));
		assertThat(body.read).isEqualTo((seconds == 1) ? 5 : 3);
		assertThat(this.response.getHeader(HttpHeaders.CONNECTION)).isEqualTo("close");
	}

	@Test
	void bodyThatComesInTimeIsReadAndTheConnectionKept() throws ServletException, IOException {
		assertThat(refused(99_999, Duration.ZERO).read).isEqualTo(99_999);
		assertThat(this.response.getHeader(HttpHeaders.CONNECTION)).isNull();
	}

	@Test
	void noMoreThanALargestRequestIsRead() throws ServletException, IOException {
		int most = this.endpoint.maxRequest();
		assertThat(refused(2 * most, Duration.ZERO).read).isEqualTo(most);
		assertThat(this.response.getHeader(HttpHeaders.CONNECTION)).isEqualTo("close");
	}

	/** A body whose bytes come one by one, each after a time. */
	private final class Drip extends ServletInputStream {

		private final int bytes;

		private final Duration pause;

		private int read;

		Drip(int bytes, Duration pause) {
			this.bytes = bytes;
			this.pause = pause;
		}

		@Override
		public int read() {
			if (this.read == this.bytes) {
				return -1;
			}
			McpServletTests.this.nanos.addAndGet(this.pause.toNanos());
			this.read++;
			return 0;
		}

		@Override
		public int read(byte[] piece, int offset, int length) {
			return (read() >= 0) ? 1 : -1;
		}

		@Override
		public boolean isFinished() {
			return this.read == this.bytes;
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setReadListener(ReadListener listener) {
			throw new UnsupportedOperationException();
		}

	}

}
