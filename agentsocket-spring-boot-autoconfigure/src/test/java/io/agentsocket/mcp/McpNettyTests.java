package io.agentsocket.mcp;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.TestWeb;
import io.agentsocket.server.UpgradeAttempt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The MCP endpoint on Netty.
 */
class McpNettyTests extends McpContract {

	McpNettyTests() {
		super(TestWeb.NETTY);
	}

	@Test
	void aResultCountsUntilItIsWritten() {
		HttpHeaders headers = new HttpHeaders();
		McpClient.headers("tools/call", "nothing").forEach(headers::set);
		Bytes body = Bytes.utf8(McpClient.message("tools/call", McpClient.params(Map.of("name", "nothing"))));
		McpAnswer answer = this.endpoint.answer(new McpRequest(new Head(headers), body, null, Context.empty()))
			.block(Await.LONG);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(this.endpoint.load().calls()).isZero();
		assertThat(this.server.bounds().isUnused()).isFalse();
		answer.over().run();
		assertThat(this.server.bounds().isUnused()).isTrue();
	}

	private record Head(HttpHeaders headers) implements UpgradeAttempt {

		@Override
		public String method() {
			return "POST";
		}

		@Override
		public URI uri() {
			return URI.create("http://localhost/mcp");
		}

		@Override
		public @Nullable InetSocketAddress localAddress() {
			return null;
		}

		@Override
		public @Nullable InetSocketAddress remoteAddress() {
			return null;
		}

		@Override
		public boolean hasHeader(Collection<String> names) {
			return false;
		}

	}

}
