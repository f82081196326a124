package io.agentsocket;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Makes key stores with the tool of the JDK. Its passwords protect nothing, so a store is
 * encrypted in one step in place of 10,000, which each reader would have to repeat.
 */
public final class TestKeys {

	private static final List<String> CHEAP = Stream
		.of("XX:TieredStopAtLevel=1", "XX:+UseSerialGC", "Dkeystore.pkcs12.certPbeIterationCount=1",
				"Dkeystore.pkcs12.keyPbeIterationCount=1", "Dkeystore.pkcs12.macIterationCount=1")
		.map("-J-"::concat)
		.toList();

	private TestKeys() {
	}

	/**
	 * Make a store with a key and its certificate, which anybody may trust.
	 * @param store the file
	 * @param password of the store and of the key
	 * @param alias of the key
	 * @param subject of the certificate, as in {@code CN=alice}
	 * @param more further options of {@code keytool}
	 */
	public static void create(Path store, String password, String alias, String subject, String... more)
			throws IOException, InterruptedException {
		List<String> command = Stream
			.of(Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()), CHEAP.stream(),
					Stream.of("-genkeypair", "-alias", alias, "-keyalg", "EC", "-dname", subject, "-validity", "10",
							"-storetype", "PKCS12", "-storepass", password, "-keystore", store.toString()),
					Stream.of(more))
			.flatMap((part) -> part)
			.toList();
		Process process = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(Redirect.DISCARD)
			.start();
		assertThat(process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).isZero();
	}

}
