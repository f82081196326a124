package com.example.quickstart;

import java.io.IOException;

import io.agentsocket.action.ActionCatalog;
import org.openqa.selenium.WebElement;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The console in a browser, and the application behind it.
 */
final class ConsolePage implements AutoCloseable {

	private final Browser browser;

	private ConfigurableApplicationContext server;

	ConsolePage(Browser browser) {
		this.browser = browser;
		this.server = serve("0");
	}

	private static ConfigurableApplicationContext serve(String port) {
		return new SpringApplicationBuilder(ConsoleApplication.class).run("--server.port=" + port,
				"--server.address=127.0.0.1", "--agentsocket.console.enabled=true",
				"--agentsocket.server.drain-timeout=100ms", "--agentsocket.server.drain-spread=0s");
	}

	String port() {
		return this.server.getEnvironment().getRequiredProperty("local.server.port");
	}

	/** The actions that all agents may see. */
	ActionCatalog catalog() {
		return this.server.getBean(ActionCatalog.class);
	}

	/** Ends the application and starts another one that knows nothing of its sessions. */
	void restart() {
		String port = port();
		this.server.close();
		this.server = serve(port);
	}

	/** Opens the page anew, wide and light, and waits for the actions. */
	void open() {
		this.browser.look(1440, 900, "light");
		this.browser.open("about:blank");
		this.browser.open("http://127.0.0.1:" + port() + "/agentsocket/console");
		this.browser.see("#state[data-status=connected]");
		this.browser.see("#action-list button", "bulk.0001");
	}

	void select(String action) {
		this.browser.type("#search", action);
		this.browser.see("#action-count", " of ");
		this.browser.click("#action-list button[data-name='" + action + "']");
		this.browser.see("#work-title", action);
	}

	void field(String name, String value) {
		this.browser.type("#call [id=" + this.browser.see("#call label", name).getDomAttribute("for") + "]", value);
	}

	/** Waits until the newest call has a status. */
	WebElement done(String status) {
		return this.browser.see("#calls .call:first-child[data-status=" + status + "]");
	}

	@Override
	public void close() throws IOException {
		this.browser.close();
		this.server.close();
	}

}
