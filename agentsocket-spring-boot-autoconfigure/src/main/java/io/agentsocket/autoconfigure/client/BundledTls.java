package io.agentsocket.autoconfigure.client;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.UnaryOperator;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSessionContext;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.netty.http.client.HttpClient;

import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;

/**
 * Has a client use the certificates and the options of an SSL bundle. When the bundle
 * changes, further connections use it as it is then, and present ones go on. Thread-safe.
 */
final class BundledTls implements UnaryOperator<HttpClient> {

	private static final Log logger = LogFactory.getLog(BundledTls.class);

	private final Present context;

	BundledTls(SslBundle bundle) {
		this.context = new Present(context(bundle));
	}

	private static SslContext context(SslBundle bundle) {
		SslOptions options = bundle.getOptions();
		SslManagerBundle managers = bundle.getManagers();
		try {
			return SslContextBuilder.forClient()
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

	/**
	 * The bundle has changed. A bundle that cannot be used leaves everything as it is.
	 */
	void update(SslBundle bundle) {
		try {
			this.context.present = context(bundle);
			logger.info("The SSL bundle of the client has changed, further connections use it");
		}
		catch (RuntimeException ex) {
			logger.warn("The SSL bundle of the client has changed and cannot be used; the one before is kept", ex);
		}
	}

	@Override
	public HttpClient apply(HttpClient client) {
		return client.secure((spec) -> spec.sslContext(this.context));
	}

	/**
	 * The context of the bundle as it is when a connection begins.
	 */
	private static final class Present extends SslContext {

		private volatile SslContext present;

		Present(SslContext first) {
			this.present = first;
		}

		@Override
		public boolean isClient() {
			return true;
		}

		@Override
		public List<String> cipherSuites() {
			return this.present.cipherSuites();
		}

		@Override
		@SuppressWarnings("deprecation") // Netty has no other way to ask for it
		public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
			return this.present.applicationProtocolNegotiator();
		}

		@Override
		public SSLEngine newEngine(ByteBufAllocator alloc) {
			return this.present.newEngine(alloc);
		}

		@Override
		public SSLEngine newEngine(ByteBufAllocator alloc, String host, int port) {
			return this.present.newEngine(alloc, host, port);
		}

		@Override
		public SSLSessionContext sessionContext() {
			return this.present.sessionContext();
		}

	}

}
