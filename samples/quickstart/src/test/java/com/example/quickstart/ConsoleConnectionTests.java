package com.example.quickstart;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console in a real browser: codecs, bytes, events, changes of the catalog, and a
 * session that the server has lost.
 */
class ConsoleConnectionTests extends ConsoleInBrowser {

	private static void useCbor() {
		browser.click("#sign-in");
		browser.choose("#codec", "CBOR");
		browser.click("dialog button.primary");
		browser.see("#frames li.out[data-type=HELLO]");
		browser.see("#state[data-status=connected]");
	}

	@Test
	void showsBytesInBothCodecs() {
		page.select("file.read");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("00 ca fe (3 bytes)", "02 ca fe (3 bytes)", "3 items · 9 B");
		browser.see("#frames li.in[data-type=BYTES]", "01 ca fe");
		useCbor();
		page.select("file.read");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("00 ca fe (3 bytes)", "02 ca fe (3 bytes)", "3 items · 9 B");
	}

	@Test
	void speaksCborAndShowsWhatItSays() {
		useCbor();
		page.select("weather.current");
		page.field("city", "Ulm");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("\"temperature\": 21.5");
		browser.see("#frames li.out[data-type=INVOKE]", "{\"city\":\"Ulm\"}");
		browser.click("#frames li.in[data-type=WELCOME] button");
		browser.see("#frames li.in[data-type=WELCOME] pre", "\"session\"");
		assertThat(browser.problems()).isEmpty();
	}

	@Test
	void subscribesToEventsAndPublishesSome() throws Exception {
		browser.click("#tab-events");
		browser.type("#event-name", "news.new");
		browser.click("#subscribe button");
		browser.see("#subscriptions", "news.new");
		page.select("news.send");
		page.field("headline", "<b>Rain</b>");
		browser.click("#invoke");
		page.done("done");
		browser.see("#events pre", "{\"headline\":\"<b>Rain</b>\"}");
		browser.type("#publish-name", "cursor.moved");
		browser.type("#publish-payload", "{\"line\": 7}");
		browser.click("#publish button");
		browser.see("#events strong", "published cursor.moved");
		assertThat(ConsoleApplication.MOVES.poll(60, TimeUnit.SECONDS)).containsEntry("line", 7);
		browser.type("#publish-name", "as.mine");
		browser.click("#publish button");
		browser.see("#events strong", "not published: as.mine");
		browser.click("#subscriptions button");
		browser.gone("#subscriptions li");
		page.field("headline", "Sun");
		browser.click("#invoke");
		page.done("done");
		browser.click("#tab-frames");
		browser.see("#frames li.out[data-type=INVOKE]", "{\"remove\":[\"news.new\"]}");
		assertThat(browser.<String>value("document.getElementById('events').textContent")).doesNotContain("Sun");
	}

	@Test
	void showsActionsThatComeChangeAndGo() {
		for (String action : new String[] { "shop.enter", "shop.renew", "shop.close" }) {
			page.select(action);
			browser.click("#invoke");
			page.done("done");
		}
		browser.click("#tab-events");
		browser.see("#events", "shop.buy is new");
		browser.see("#events", "shop.buy has changed");
		browser.see("#events", "shop.buy is gone");
		browser.type("#search", "shop.buy");
		browser.see("#action-list", "Nothing found");
	}

	@Test
	void tellsOfASessionThatTheServerHasLost() throws IOException {
		page.select("file.wait");
		browser.click("#invoke");
		browser.see("#frames li.out .ack[title=acknowledged]");
		page.restart();
		browser.see("#resume[data-kind=bad]", "RESET");
		assertThat(page.done("failed").getText()).contains("SESSION_RESET", "may have run");
		browser.see("#frames .note.bad", "RESET");
		browser.see("#state[data-status=connected]");
		browser.picture("reset");
		page.select("weather.current");
		page.field("city", "Ulm");
		browser.click("#invoke");
		page.done("done");
	}

}
