package io.agentsocket.autoconfigure.relay;

import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import reactor.netty.http.client.HttpClient;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/**
 * Has requests to a function use the certificates and the options of an SSL bundle.
 */
final class FunctionTls implements UnaryOperator<HttpClient> {

	private final SslContext context;

	FunctionTls(SslBundle bundle) {
		SslOptions options = bundle.getOptions();
		try {
			this.context = SslContextBuilder.forClient()
				.keyManager(bundle.getManagers().getKeyManagerFactory())
				.trustManager(bundle.getManagers().getTrustManagerFactory())
				.ciphers(SslOptions.asSet(options.getCiphers()), SupportedCipherSuiteFilter.INSTANCE)
				.protocols(options.getEnabledProtocols())
				.build();
		}
		catch (SSLException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public HttpClient apply(HttpClient client) {
		return client.secure((spec) -> spec.sslContext(this.context));
	}

}
