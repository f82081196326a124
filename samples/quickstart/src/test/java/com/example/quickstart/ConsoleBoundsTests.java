package com.example.quickstart;

import io.agentsocket.action.Action;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console stays usable and within its bounds whatever a server sends.
 */
class ConsoleBoundsTests extends ConsoleInBrowser {

	private static long elements() {
		return browser.<Long>value("document.querySelectorAll('*').length");
	}

	@Test
	void fillsInThousandsOfArgumentsAsJson() {
		page.select("hostile.form");
		assertThat(elements()).isLessThan(4000);
		browser.type("#arguments", "{\"p7\": 1, \"p4999\": 2, \"unknown\": 3}");
		// The form has a part of the fields, and keeps what has none.
		browser.click(".switch button", "Form");
		browser.see("#call .field");
		assertThat(elements()).isLessThan(4000);
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("\"p7\": 1", "\"p4999\": 2", "\"unknown\": 3");
	}

	/** Twelve thousand changes: sorting the list for each of them would take minutes. */
	@Test
	void knowsNoMoreActionsThanItCanList() {
		browser.value(
				"import('/agentsocket/console/actions.js').then(({ Actions }) => { const list = new Actions(() => {});"
						+ " for (let i = 0; i < 12000; i++) list.changed('name.' + i, { name: 'name.' + i }); })");
		browser.see("#action-count", "10000");
		assertThat(elements()).isLessThan(4000);
	}

	@Test
	void keepsFramesOfSomeMegabytes() {
		long lines = browser.value("import('/agentsocket/console/frames.js').then(({ Frames }) => {"
				+ " const frames = new Frames(); for (let i = 0; i < 4000; i++) frames.take({ out: false, size: 16000,"
				+ " number: i + 1, bytes: new Uint8Array(16000).fill(0x58) }); return frames.lines().length; })");
		assertThat(lines * 16000).isBetween(2L << 20, 8L << 20);
	}

	@Test
	void drawsTheLatestOfManyEvents() {
		browser.click("#tab-events");
		browser.type("#event-name", "news.new");
		browser.click("#subscribe button");
		browser.see("#subscriptions", "news.new");
		page.select("news.flood");
		page.field("n", "20000");
		browser.run("window.nodes = 0; window.began = performance.now(); new MutationObserver((changes) => {"
				+ " for (const { addedNodes } of changes) window.nodes += addedNodes.length; })"
				+ ".observe(document.getElementById('events'), { childList: true });");
		browser.click("#invoke");
		page.done("done");
		browser.see("#events", "{\"headline\":20000}");
		assertThat(browser.<Long>value("document.getElementById('events').children.length")).isEqualTo(200);
		// A picture adds at most 200 lines, and there are ten pictures a second.
		assertThat(browser.<Boolean>value("nodes <= 200 * (2 + (performance.now() - began) / 100)")).isTrue();
	}

	@Test
	void keepsTheFocusInTheListWhenTheCatalogChanges() {
		browser.run("document.querySelector(\"#action-list button[data-name='bulk.0002']\").focus()");
		page.catalog().add(Action.named("a.first").handler((exchange) -> Mono.just("done")));
		browser.see("#action-list button", "a.first");
		assertThat(browser.<String>value("document.activeElement.dataset.name")).isEqualTo("bulk.0002");
		page.catalog()
			.replace(Action.named("bulk.0002").description("has changed").handler((exchange) -> Mono.just("done")));
		browser.see("#action-list button[data-name='bulk.0002']", "has changed");
		assertThat(browser.<String>value("document.activeElement.dataset.name")).isEqualTo("bulk.0002");
		page.catalog().remove("a.first");
		browser.gone("#action-list button[data-name='a.first']");
		assertThat(browser.<String>value("document.activeElement.dataset.name")).isEqualTo("bulk.0002");
	}

	@Test
	void saysOfManyChangesHowManyThereWere() {
		browser.value("import('/agentsocket/console/dom.js').then(({ announce }) => {"
				+ " for (let i = 1; i <= 1000; i++) announce('Action ' + i); })");
		browser.until("document.getElementById('live').textContent === "
				+ "'997 more, then: Action 998. Action 999. Action 1000'");
	}

	@Test
	void opensWithAnAddressThatCannotBeRead() {
		browser.open("about:blank");
		browser.open("http://127.0.0.1:" + page.port() + "/agentsocket/console#%");
		browser.see("#action-list button", "bulk.0001");
		assertThat(browser.problems()).isEmpty();
	}

}
