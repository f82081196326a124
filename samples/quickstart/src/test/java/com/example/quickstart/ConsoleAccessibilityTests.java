package com.example.quickstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console for those who do not see it, or have no mouse: the rules of axe, a walk by
 * keys alone, and what is announced.
 */
class ConsoleAccessibilityTests extends ConsoleInBrowser {

	/** Rules of WCAG 2.2 A and AA, and good practice. */
	private static final String RULES = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }";

	private static String axe;

	@BeforeAll
	static void loadRules() throws IOException {
		axe = new ClassPathResource("axe.min.js").getContentAsString(StandardCharsets.UTF_8);
	}

	/** Violations of the page as it is now, one line each. */
	private static List<String> violations() {
		browser.run(axe);
		return browser.value("axe.run(document, " + RULES
				+ ").then(({ violations }) => violations.flatMap((violation) =>"
				+ " violation.nodes.map(({ target, failureSummary }) => `${violation.impact} ${violation.id} ${target}"
				+ " ${failureSummary}`)))");
	}

	@Test
	void rulesAreTried() {
		browser.value("document.body.append(Object.assign(new Image(), { src: 'data:,' }))");
		assertThat(violations()).anyMatch((violation) -> violation.startsWith("critical image-alt"));
	}

	@ParameterizedTest
	@CsvSource({ "1440, 900, light", "1440, 900, dark", "390, 844, light", "390, 844, dark" })
	void breaksNoRuleOfAccessibility(int width, int height, String scheme) {
		page.select("weather.current");
		page.field("city", "Ulm");
		browser.click("#invoke");
		page.done("done");
		page.select("table.book");
		page.field("guests", "12");
		browser.click("#invoke");
		page.done("failed");
		page.select("llm.tokens");
		page.field("n", "100000");
		// It is still open when the rules are tried, and takes no core from them.
		browser.choose("#credit", "by hand");
		browser.click("#invoke");
		browser.click(".call .controls button", "+10");
		browser.see(".call .items", "agents talk");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.click("#tab-events");
		browser.type("#event-name", "news.new");
		browser.click("#subscribe button");
		browser.see("#subscriptions", "news.new");
		browser.look(width, height, scheme);
		boolean narrow = width < 760;
		// A wide page shows all of its views at once.
		for (String view : narrow ? List.of("actions", "work", "wire") : List.of("wide")) {
			if (narrow) {
				browser.click("[data-show=" + view + "]");
				assertThat(
						browser.<String>value("document.querySelector('[aria-current=true][data-show]').dataset.show"))
					.isEqualTo(view);
			}
			for (String tab : List.of("frames", "events", "history")) {
				browser.value("document.getElementById('tab-" + tab + "').click()");
				assertThat(violations()).as(view + ", " + tab).isEmpty();
			}
		}
		browser.value("document.getElementById('copy-as').click()");
		browser.see("dialog .code");
		assertThat(violations()).as("dialog of code").isEmpty();
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
		browser.click("#sign-in");
		browser.see("dialog #token");
		assertThat(violations()).as("dialog to sign in").isEmpty();
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
	}

	@ParameterizedTest
	@CsvSource({ "weather.current, light", "disk.erase, dark" })
	void dialogsOfQuestionsBreakNoRule(String action, String scheme) {
		browser.look(1440, 900, scheme);
		page.select(action);
		if (action.startsWith("weather")) {
			page.field("city", "Springfield");
		}
		browser.click("#invoke");
		browser.see("dialog.question");
		assertThat(violations()).isEmpty();
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
	}

	/** Presses Tab until an element has the focus; fails after more than there can be. */
	private static void tabTo(String css) {
		for (int i = 0; i < 60; i++) {
			if (browser.<Boolean>value("document.activeElement.matches(\"" + css + "\")")) {
				assertThat(browser.<Boolean>value("document.activeElement.matches(':focus-visible')"
						+ " && getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
					.as("the focus is to be seen at " + css)
					.isTrue();
				return;
			}
			browser.press(Keys.TAB);
		}
		throw new AssertionError("Tab never comes to " + css);
	}

	@Test
	void everythingIsReachedByKeys() {
		browser.value("document.activeElement.blur()");
		browser.press(Keys.TAB);
		assertThat(browser.<String>value("document.activeElement.textContent"))
			.isEqualTo("Skip to the selected action");
		tabTo("#search");
		browser.press("weather.current");
		browser.see("#action-count", "1 of");
		tabTo("#action-list button");
		browser.press(Keys.ENTER);
		browser.see("#work-title", "weather.current");
		assertThat(browser.<Long>value("document.querySelectorAll('#action-list [aria-current=true]').length"))
			.isEqualTo(1);
		browser.until("document.activeElement.matches('#call input')");
		browser.press("Springfield", Keys.ENTER);
		browser.see("dialog", "Which Springfield?");
		browser.until("document.activeElement.matches('dialog select')");
		browser.press("OREGON");
		tabTo("dialog button.primary");
		browser.press(Keys.ENTER);
		assertThat(page.done("done").getText()).contains("Springfield, OREGON");
		browser.until("document.activeElement !== document.body");
		tabTo("#tab-frames");
		browser.press(Keys.ARROW_RIGHT);
		browser.see("#panel-events");
		browser.until("document.activeElement.id === 'tab-events'");
		browser.press(Keys.ARROW_RIGHT);
		browser.see("#panel-history");
		tabTo("#history button[aria-label='Call weather.current again']");
		browser.press(Keys.ENTER);
		browser.see("dialog", "Which Springfield?");
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
	}

	@Test
	void theFocusIsNeverLost() {
		browser.look(390, 844, "light");
		browser.click("[data-show=actions]");
		page.select("numbers.slow");
		browser.until("document.activeElement.id === 'work'");
		page.field("n", "100000");
		browser.click("#invoke");
		browser.see(".call .numbers", " items");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.click("#resume button");
		browser.until("document.activeElement.id === 'work'");
		browser.run("[...document.querySelectorAll('.call .controls button')].at(-1).focus()");
		browser.press(Keys.ENTER);
		page.done("cancelled");
		browser.until("document.activeElement.matches('.call .items')");
	}

	@Test
	void saysWhatHappens() {

		browser.value("(() => { window.said = []; new MutationObserver(() => said.push(document.getElementById('live')"
				+ ".textContent)).observe(document.getElementById('live'), { childList: true, characterData: true,"
				+ " subtree: true }); })()");
		assertThat(browser.<String>value("document.getElementById('live').getAttribute('aria-live')"))
			.isEqualTo("polite");
		page.select("weather.current");
		page.field("city", "Springfield");
		browser.click("#invoke");
		browser.see("dialog.question");
		browser.until("said.some((text) => text.includes('asks'))");
		browser.press(Keys.ESCAPE);
		browser.gone("dialog");
		page.select("llm.tokens");
		page.field("n", "3");
		browser.click("#invoke");
		page.done("done");
		browser.until("said.some((text) => text.includes('llm.tokens done'))");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.until("said.some((text) => text.includes('RESUMED'))");
		page.select("shop.enter");
		browser.click("#invoke");
		browser.until("said.some((text) => text.includes('shop.buy is new'))");
		// Items of a stream are not read out one by one: the region would never be
		// silent.
		assertThat(browser.<Long>value("document.querySelectorAll('.items[aria-live], .frames[aria-live]').length"))
			.isZero();
	}

}
