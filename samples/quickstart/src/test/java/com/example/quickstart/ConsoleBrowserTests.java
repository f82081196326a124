package com.example.quickstart;

import java.io.IOException;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console in a real browser. Its pictures are left in {@code target/console}.
 */
class ConsoleBrowserTests extends ConsoleInBrowser {

	@Test
	void findsAnActionFillsItsFormAndShowsTheResult() throws IOException {
		assertThat(browser.see("#action-count").getText()).isEqualTo("1018");
		page.select("weather.current");
		page.field("city", "Berlin");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("\"temperature\": 21.5");
		browser.click(".switch button", "JSON");
		assertThat(browser.see("#arguments").getDomProperty("value")).contains("\"city\": \"Berlin\"");
		browser.type("#arguments", "{\"city\": \"Ulm\"}");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("Ulm");
		assertThat(browser.problems()).isEmpty();
	}

	@Test
	void showsViolationsBesideTheirFields() {
		page.select("table.book");
		page.field("guests", "12");
		page.field("email", "nobody");
		browser.click("#invoke");
		browser.see("#call .problem", "maximum value of 8");
		assertThat(page.done("failed").getText()).contains("INVALID_ARGUMENT");
		assertThat(browser.<Long>value("document.querySelectorAll('[aria-invalid=true]').length")).isGreaterThan(1);
	}

	@Test
	void answersAQuestionInMidCall() throws IOException {
		page.select("weather.current");
		page.field("city", "Springfield");
		browser.click("#invoke");
		browser.see("dialog h2", "Which Springfield?");
		browser.picture("question");
		browser.choose("dialog select", "OREGON");
		browser.click("dialog button.primary");
		assertThat(page.done("done").getText()).contains("Springfield, OREGON");
	}

	@Test
	void asksWhetherAnActionMayRun() {
		page.select("disk.erase");
		browser.click("#invoke");
		browser.see("dialog", "disk.erase");
		browser.click("dialog button", "Decline");
		assertThat(page.done("failed").getText()).contains("PERMISSION_DENIED");
		browser.click("#invoke");
		browser.click("dialog button.primary", "Approve");
		assertThat(page.done("done").getText()).contains("erased");
	}

	@Test
	void letsComeWhatThereIsCreditForAndCancels() {
		page.select("numbers.count");
		page.field("n", "1000");
		browser.choose("#credit", "by hand");
		browser.click("#invoke");
		browser.click(".call .controls button", "+10");
		browser.see(".call .numbers", "10 items");
		browser.click(".call .controls button", "+1");
		browser.see(".call .numbers", "11 items");
		browser.click(".call .controls button", "Cancel");
		assertThat(page.done("cancelled").getText()).contains("11 items");
	}

	@Test
	void steersACall() throws IOException {
		page.select("llm.tokens");
		page.field("n", "2000");
		// More frames than the list shows would take its note of the cut away.
		browser.choose("#credit", "by hand");
		browser.click("#invoke");
		browser.click(".call .controls button", "+10");
		browser.see(".call .numbers", "10 items");
		browser.see(".call .items", "agents talk");
		browser.type(".call form input", "loudly");
		browser.click(".call form button", "Send");
		String steered = "document.querySelector('.call .items').textContent.includes('SOCKET')";
		for (int items = 20; !browser.<Boolean>value(steered); items += 10) {
			browser.click(".call .controls button", "+10");
			browser.see(".call .numbers", items + " items");
		}
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.see("#frames .note", "RESUMED");
		browser.picture("steered");
		browser.click(".call .controls button", "Cancel");
		page.done("cancelled");
	}

	@Test
	void losesNothingWhenItIsCut() throws IOException {
		page.select("numbers.slow");
		page.field("n", "150");
		browser.click("#invoke");
		browser.see(".call .numbers", " items");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.see("#frames .note", "RESUMED");
		browser.picture("resumed");
		assertThat(page.done("done").getText()).contains("150 items");
		List<String> items = browser.value("[...document.querySelectorAll('.call .items li')].map(e => e.textContent)");
		assertThat(items).hasSize(150).startsWith("1").endsWith("150").doesNotHaveDuplicates();
	}

	@Test
	void showsActionsThatComeAndFramesOfBothDirections() {
		page.select("shop.enter");
		browser.click("#invoke");
		page.done("done");
		browser.click("#tab-events");
		browser.see("#events", "shop.buy is new");
		browser.type("#search", "shop");
		browser.see("#action-list", "shop.buy");
		browser.click("#tab-frames");
		browser.see("#frames li.out[data-type=INVOKE]", "shop.enter");
		browser.see("#frames li.in[data-type=DEFINE]", "shop.buy");
		browser.see("#frames li.out .ack[title=acknowledged]");
	}

	@Test
	void callsAgainOutOfTheHistoryAndWritesCode() {
		page.select("weather.current");
		page.field("city", "Bonn");
		browser.click("#invoke");
		page.done("done");
		browser.click("#copy-as");
		browser.see("dialog .code", ".arguments(Map.of(\"city\", \"Bonn\"))");
		browser.click("dialog button", "Python");
		browser.see("dialog .code", "agent.invoke(\"weather.current\", {\"city\": \"Bonn\"})");
		browser.click("dialog button", "JavaScript");
		browser.see("dialog .code", "agent.invoke(\"weather.current\", { \"city\": \"Bonn\" })");
		browser.click("dialog button", "Close");
		browser.click("#tab-history");
		browser.click("#history button", "Again");
		browser.see("#calls .call:nth-child(2)");
		assertThat(page.done("done").getText()).contains("Bonn");
	}

	@Test
	void keepsATokenOutOfStorageAndAddress() {
		browser.click("#sign-in");
		browser.type("#token", "secret-token");
		browser.click("dialog button.primary");
		browser.see("#sign-in", "Signed in");
		browser.see("#state[data-status=refused]", "The token is not valid");
		assertThat(
				browser.<String>value("JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie "
						+ "+ location.href + document.documentElement.outerHTML"))
			.doesNotContain("secret-token");
		browser.click("#sign-in");
		browser.see("#token").clear();
		browser.click("dialog button.primary");
		browser.see("#state[data-status=connected]");
	}

	@Test
	void markupOfAServerStaysText() {
		page.select("hostile.action");
		browser.see(".description", "<img src=x onerror=");
		browser.see("#call label", "__proto__");
		page.field("__proto__", "\"<b>\"");
		browser.click("#invoke");
		assertThat(page.done("done").getText()).contains("<script>document.title='owned'</script>",
				"javascript:alert(1)", "\"__proto__\"");
		browser.click("#tab-history");
		browser.see("#history", "__proto__");
		assertThat(browser.<String>value("document.title")).isEqualTo("Agent Socket console");
		assertThat(browser
			.<Long>value("document.querySelectorAll('main img, main script, main a, main b, main iframe').length"))
			.isZero();
		assertThat(browser.<Boolean>value("Object.prototype.owned === undefined")).isTrue();
		assertThat(browser.problems()).isEmpty();
	}

	@Test
	void oddMembersOfOneActionHideNoOther() {
		browser.run("window.odd = import('/agentsocket/console/actions.js').then(({ Actions }) => {"
				+ " const list = new Actions(() => {}); list.changed('a.first', { name: 'a.first', title: {},"
				+ " description: 5 }); list.changed('b.odd', { name: 'b.odd', title: { toString: 1 } });"
				+ " list.changed('c.last', { name: 'c.last', title: 'The last' }); })");
		browser.see("#action-list", "The last");
		browser.see("#action-list", "{\"toString\":1}");
		browser
			.run("window.odd = import('/agentsocket/console/work.js').then(({ Work }) => { const odd = { toString: 1 };"
					+ " new Work({}).show({ name: 'b.odd', title: odd, description: odd, hints: { odd }, tags: [odd],"
					+ " result: odd, input: { properties: { one: { type: odd, format: odd, description: odd, enum: odd },"
					+ " two: { type: 'string', format: odd, default: odd }, three: { type: 'boolean', default: odd },"
					+ " four: { type: 'integer', default: odd } } } }); })");
		browser.see("#work-title", "b.odd");
		browser.see("#call label", "four");
		assertThat(browser.problems()).isEmpty();
	}

	@Test
	void questionThatSaysNothingOfUseIsShownAndTheNextOneToo() {
		browser.run("window.answers = []; import('/agentsocket/console/dialogs.js').then(({ onAsk, onApprove }) => {"
				+ " const way = { signal: new AbortController().signal, answer: (value) => value, decline: () =>"
				+ " 'declined', cancel: () => 'cancelled', approve: () => 'approved' }; const odd = { toString: 1 };"
				+ " const add = (text) => window.answers.push(text); onAsk({ ...way, prompt: odd, schema: null })"
				+ ".then(add, add); onAsk({ ...way, prompt: 'Which?', get call() { throw new TypeError('unreadable'); }"
				+ " }).then(add, add); onApprove({ ...way, action: odd }).then(add, add); onAsk({ ...way, prompt:"
				+ " 'The last?' }).then(add, add); })");
		browser.see("dialog h2", "{\"toString\":1}");
		browser.type("dialog input", "Ulm");
		browser.click("dialog button", "Answer");
		browser.see("dialog p", "Approval of {\"toString\":1}");
		browser.click("dialog button", "Approve");
		browser.see("dialog h2", "The last?");
		browser.click("dialog button", "Decline");
		browser.gone("dialog");
		assertThat(browser.<List<Object>>value("answers.map(String)")).hasSize(4)
			.contains("Ulm", "approved", "declined");
	}

	@Test
	void historyOfAnotherProgramIsLeftOut() {
		browser.run("sessionStorage.setItem('agentsocket.history', JSON.stringify([null, 5, {}, { name: 'a', args: 5 },"
				+ " { name: 'weather.current', args: { city: 'Ulm' }, time: 0 }]))");
		page.open();
		assertThat(browser.<Long>value("document.querySelectorAll('#history li').length")).isEqualTo(1);
		browser.run("sessionStorage.clear()");
	}

	/**
	 * The items come until the test has clicked and typed all that it wanted to. The
	 * nodes that are drawn are counted: they depend on the pictures, not on the items.
	 */
	@Test
	void staysResponsiveWhileTenThousandItemsComeEachSecond() {
		page.select("numbers.fast");
		browser.choose("#credit", "automatic, 1,000 ahead");
		page.field("n", "1000000000");
		browser.run("window.pictures = 0; window.nodes = 0; const tick = () => { window.pictures++;"
				+ " requestAnimationFrame(tick); }; requestAnimationFrame(tick); new MutationObserver((changes) => {"
				+ " for (const { addedNodes } of changes) window.nodes += addedNodes.length; })"
				+ ".observe(document.body, { childList: true, subtree: true });");
		browser.click("#invoke");
		browser.see(".call .numbers", "/s");
		browser.click("#tab-events");
		browser.see("#panel-events");
		browser.click("#tab-frames");
		browser.see("#panel-frames");
		browser.type("#search", "bulk.0999");
		browser.see("#action-list button[data-name='bulk.0999']");
		browser.until("parseInt(document.querySelector('.call .numbers').textContent) >= 40000");
		browser.click(".call .controls button", "Cancel");
		WebElement call = page.done("cancelled");
		long pictures = browser.<Long>value("window.pictures");
		long nodes = browser.<Long>value("window.nodes");
		System.out.println("numbers.fast: " + call.findElement(By.className("numbers")).getText() + ", " + pictures
				+ " pictures, " + nodes + " nodes added");
		// A picture adds at most 300 items and 200 frames of some nodes each, however
		// many have come.
		assertThat(nodes).isLessThan(pictures * 2 * (300 + 200));
		assertThat(browser.<Long>value("document.querySelectorAll('*').length")).isLessThan(8000);
	}

	@Test
	void fitsPhonesAndWideScreensInLightAndDark() throws IOException {
		for (String scheme : List.of("light", "dark")) {
			browser.look(1440, 900, scheme);
			page.select("weather.current");
			page.field("city", "Berlin");
			browser.click("#invoke");
			page.done("done");
			page.select("llm.tokens");
			browser.click("#invoke");
			page.done("done");
			browser.picture("wide-" + scheme);
			browser.look(390, 844, scheme);
			for (String view : List.of("actions", "work", "wire")) {
				browser.click("[data-show=" + view + "]");
				browser.picture("phone-" + view + "-" + scheme);
				assertThat(browser.<Boolean>value("document.documentElement.scrollWidth <= innerWidth")).isTrue();
			}
		}
	}

}
