package com.example.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample shows what the README says it shows.
 */
@ExtendWith(OutputCaptureExtension.class)
class QuickstartApplicationTests {

	@Test
	void agentShowsDiscoveryCallsStreamsErrorsAndBytes(CapturedOutput output) throws IOException {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(QuickstartApplication.class)
			.run("--server.port=0", "--server.address=127.0.0.1")) {
			assertThat(context.isRunning()).isTrue();
		}
		assertThat(output).contains("weather.current -> Weather[city=Berlin, temperature=21.5")
			.contains("agents talk over one open socket and listen")
			.contains("the server asks: Which Springfield?")
			.contains("Weather[city=Springfield, OREGON")
			.contains("SOCKET AND LISTEN")
			.contains("a new action appears: shop.buy")
			.contains("shop.buy -> bought")
			.contains("/guests")
			.contains("/day")
			.contains("/email")
			.contains("cancelled stream")
			.contains("Serving on ws://localhost:");
		List<String> lines = output.getOut().lines().map(QuickstartApplicationTests::comparable).toList();
		assertThat(picture()).hasSizeGreaterThan(20)
			.allSatisfy((line) -> assertThat(lines).anyMatch((printed) -> printed.startsWith(line)));
	}

	/**
	 * The lines of the picture in README.md; one that is too long for it ends with an
	 * ellipsis.
	 */
	private static List<String> picture() throws IOException {
		String svg = Files.readString(Path.of("..", "..", "docs", "images", "quickstart.svg"));
		return Pattern.compile("<text[^>]*>([^<]*)</text>")
			.matcher(svg)
			.results()
			.map((text) -> text.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
			.map((line) -> comparable(line.replace("…", "")))
			.toList();
	}

	/** Without what differs between runs: numbers, and where the steering takes hold. */
	private static String comparable(String line) {
		return line.replaceAll("[0-9]+", "0").replaceAll("\\s+", " ").strip().toLowerCase(Locale.ROOT);
	}

	@Test
	void nothingOfRedisIsThere() {
		for (String name : new String[] { "org.springframework.data.redis.connection.ReactiveRedisConnectionFactory",
				"org.springframework.session.data.redis.ReactiveRedisSessionRepository",
				"io.lettuce.core.RedisClient" }) {
			assertThat(ClassUtils.isPresent(name, null)).as(name).isFalse();
		}
	}

}
