package io.agentsocket.autoconfigure.client;

import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import reactor.netty.http.client.HttpClient;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;

/**
 * Has a client use the certificates and the options of an SSL bundle.
 */
final class BundledTls implements UnaryOperator<HttpClient> {

	private final SslContext context;

	BundledTls(SslBundle bundle) {
		SslOptions options = bundle.getOptions();
		SslManagerBundle managers = bundle.getManagers();
		try {
			this.context = SslContextBuilder.forClient()
				.keyManager(managers.getKeyManagerFactory())
				.trustManager(managers.getTrustManagerFactory())
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
