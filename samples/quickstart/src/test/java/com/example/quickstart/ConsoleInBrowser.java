package com.example.quickstart;

import java.io.IOException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Starts a browser and an application for the tests of a class, and opens the console
 * anew before each of them. Classes run one after another.
 */
abstract class ConsoleInBrowser {

	static Browser browser;

	static @Nullable ConsolePage opened;

	static ConsolePage page;

	@BeforeAll
	static void startBrowser() throws IOException {
		browser = Browser.start();
		page = new ConsolePage(browser);
		opened = page;
	}

	@AfterAll
	static void stopBrowser() throws IOException {
		ConsolePage last = opened;
		opened = null;
		if (last != null) {
			last.close();
		}
	}

	@BeforeEach
	void openPage() {
		page.open();
	}

}
