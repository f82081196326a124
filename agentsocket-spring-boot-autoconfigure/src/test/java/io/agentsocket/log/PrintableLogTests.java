package io.agentsocket.log;

import java.util.List;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.IThrowableProxy;
import io.agentsocket.LogLines;
import org.apache.commons.logging.Log;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

class PrintableLogTests {

	private static final String HOSTILE = "a\nINFO b\r\u001b[2J\u2028c\u0085d\u202e";

	private static final String HARMLESS = "a?INFO b??[2J?c?d?";

	private final Logger logger = (Logger) LoggerFactory.getLogger(PrintableLogTests.class);

	private final LogLines lines = LogLines.of(PrintableLogTests.class, Level.TRACE);

	private final Log log = PrintableLog.of(PrintableLogTests.class);

	@BeforeEach
	void listen() {
		this.logger.setAdditive(false);
	}

	@AfterEach
	void forget() {
		this.lines.close();
		this.logger.setAdditive(true);
	}

	@Test
	void eachLineIsOneLine() {
		this.log.fatal(HOSTILE);
		this.log.error(HOSTILE);
		this.log.warn(HOSTILE);
		this.log.info(HOSTILE);
		this.log.debug(HOSTILE);
		this.log.trace(HOSTILE);
		assertThat(this.lines.texts()).hasSize(6).containsOnly(HARMLESS);
	}

	@Test
	void aMessageOfAnExceptionIsOneLineToo() {
		Throwable cause = new IllegalStateException("cause " + HOSTILE);
		Throwable error = new IllegalArgumentException("error", cause);
		error.addSuppressed(new IllegalStateException("beside " + HOSTILE));
		List.<Runnable>of(() -> this.log.fatal("x", error), () -> this.log.error("x", error),
				() -> this.log.warn("x", error), () -> this.log.info("x", error), () -> this.log.debug("x", error),
				() -> this.log.trace("x", error))
			.forEach(Runnable::run);
		assertThat(this.lines.list).hasSize(6).allSatisfy((line) -> {
			IThrowableProxy logged = line.getThrowableProxy();
			assertThat(logged.getMessage()).isEqualTo("java.lang.IllegalArgumentException: error");
			assertThat(logged.getCause().getMessage()).isEqualTo("java.lang.IllegalStateException: cause " + HARMLESS);
			assertThat(logged.getSuppressed()[0].getMessage())
				.isEqualTo("java.lang.IllegalStateException: beside " + HARMLESS);
			assertThat(logged.getStackTraceElementProxyArray()[0].getStackTraceElement().getClassName())
				.isEqualTo(PrintableLogTests.class.getName());
		});
		assertThat(PrintableThrowable.of(error)).hasToString("java.lang.IllegalArgumentException: error");
	}

	@Test
	void anExceptionWithNothingWrongInItIsLoggedAsItIs() {
		Throwable error = new IllegalArgumentException("a plain text", new IllegalStateException());
		assertThat(PrintableThrowable.of(error)).isSameAs(error);
		assertThat(PrintableThrowable.of(null)).isNull();
	}

	@Test
	void causesInACircleEnd() {
		Exception first = new IllegalStateException(HOSTILE);
		Exception second = new IllegalStateException("second", first);
		first.initCause(second);
		assertThat(PrintableThrowable.of(first)).isNotNull();
		Exception plain = new IllegalStateException("first");
		plain.initCause(new IllegalStateException("second", plain));
		assertThat(PrintableThrowable.of(plain)).isSameAs(plain);
	}

	@Test
	void aLevelThatIsOffCostsNothing() {
		this.logger.setLevel(Level.OFF);
		Object untouchable = new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("was asked");
			}

		};
		this.log.error(untouchable);
		this.log.trace(untouchable, new IllegalStateException(HOSTILE));
		assertThat(this.lines.list).isEmpty();
	}

}
