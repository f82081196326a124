package com.example.quickstart;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A call that is copied out of the console as code is a program that does the same.
 */
class ConsoleSnippetTests extends ConsoleInBrowser {

	private static final Path CLIENTS = Path.of("..", "clients").toAbsolutePath().normalize();

	/** The environment in which the conformance tries the Python client. */
	private static final Path PYTHON = Path.of("..", "conformance", "target", "python", "bin", "python")
		.toAbsolutePath()
		.normalize();

	/** Text that every language has to escape in its own way, and a null. */
	private static final String ARGUMENTS = "{\"values\": [1, -2.5, 9007199254740991, true, null, \"\\\"\\\\u0041\\n$ü😀\"],"
			+ " \"nothing\": null, \"more\": {\"deep\": [null]}}";

	@TempDir
	private Path folder;

	/** The code of a call, as it is copied. */
	private static String copied(String language, String action, String arguments) {
		page.select(action);
		browser.click(".switch button", "JSON");
		browser.value("document.getElementById('arguments').value = " + quoted(arguments));
		browser.click("#copy-as");
		browser.click("dialog .switch button", language);
		browser
			.until("document.querySelector('dialog .code').getAttribute('aria-label') === 'Call in " + language + "'");
		String code = browser.value("document.querySelector('dialog .code').textContent");
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
		return code;
	}

	private static String quoted(String text) {
		return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
	}

	private String run(List<String> command, Map<String, String> environment) throws Exception {
		File output = this.folder.resolve("output").toFile();
		ProcessBuilder builder = new ProcessBuilder(command).directory(this.folder.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output);
		builder.environment().putAll(environment);
		Process process = builder.start();
		boolean ended = process.waitFor(2, TimeUnit.MINUTES);
		process.destroyForcibly();
		String said = Files.readString(output.toPath());
		assertThat(ended && process.exitValue() == 0).as(said).isTrue();
		return said;
	}

	private String java(String action, String arguments) throws Exception {
		Files.writeString(this.folder.resolve("Call.java"), copied("Java", action, arguments));
		return run(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), "Call.java"), Map.of());
	}

	@Test
	void javaCompilesAndRuns() throws Exception {
		assertThat(java("values.echo", ARGUMENTS))
			.contains("values=[1, -2.5, 9007199254740991, true, null, \"\\u0041\n$ü😀]", "nothing=null", "deep=[null]");
		assertThat(java("llm.tokens", "{\"n\": 3}")).contains("agents").contains("over");
		assertThat(java("file.read", "{}")).contains("[1, -54, -2]");
	}

	@Test
	void javaScriptRuns() throws Exception {
		Path client = CLIENTS.resolve("javascript");
		if (!Files.exists(client.resolve("node_modules/ws"))) {
			System.out
				.println("Not run: JavaScript that is copied out of the console, for want of npm ci in " + client);
			Assumptions.abort("The client is not installed");
		}
		Path modules = Files.createDirectory(this.folder.resolve("node_modules"));
		Files.createSymbolicLink(modules.resolve("agentsocket"), client);
		Files.createSymbolicLink(modules.resolve("ws"), client.resolve("node_modules/ws"));
		assertThat(javaScript("weather.current", "{\"city\": \"Bonn\"}")).contains("city: 'Bonn'", "temperature: 21.5");
		assertThat(javaScript("values.echo", ARGUMENTS)).contains("9007199254740991", "'\"\\\\u0041\\n$ü😀'",
				"nothing: null");
		assertThat(javaScript("values.echo", "{\"values\": [], \"more\": {\"__proto__\": 1}}"))
			.contains("['__proto__']: 1");
		assertThat(javaScript("llm.tokens", "{\"n\": 3}")).contains("agents").contains("over");
	}

	private String javaScript(String action, String arguments) throws Exception {
		Files.writeString(this.folder.resolve("call.mjs"), copied("JavaScript", action, arguments));
		return run(List.of("node", "call.mjs"), Map.of());
	}

	@Test
	void pythonRuns() throws Exception {
		if (!Files.exists(PYTHON)) {
			System.out.println("Not run: Python that is copied out of the console, for want of " + PYTHON);
			Assumptions.abort("The client is not installed");
		}
		assertThat(python("weather.current", "{\"city\": \"Bonn\"}")).contains("'city': 'Bonn'", "'temperature': 21.5");
		assertThat(python("values.echo", ARGUMENTS)).contains("9007199254740991, True, None, '\"\\\\u0041\\n$ü😀'",
				"'nothing': None");
		assertThat(python("llm.tokens", "{\"n\": 3}")).contains("agents").contains("over");
	}

	private String python(String action, String arguments) throws Exception {
		Files.writeString(this.folder.resolve("call.py"), copied("Python", action, arguments));
		return run(List.of(PYTHON.toString(), "call.py"), Map.of("PYTHONPATH", CLIENTS.resolve("python/src").toString(),
				"PYTHONDONTWRITEBYTECODE", "1", "PYTHONUTF8", "1"));
	}

}
