package com.example.quickstart;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console in a real browser. Its pictures are left in {@code target/console}.
 */
class ConsoleBrowserTests {

	private static ConfigurableApplicationContext server;

	private static Browser browser;

	@BeforeAll
	static void start() throws IOException {
		browser = Browser.start();
		server = new SpringApplicationBuilder(Application.class).run("--server.port=0", "--server.address=127.0.0.1");
	}

	@AfterAll
	static void stop() throws IOException {
		if (browser != null) {
			browser.close();
			server.close();
		}
	}

	@BeforeEach
	void openPage() {
		browser.look(1440, 900, "light");
		browser.open("about:blank");
		browser.open("http://127.0.0.1:" + server.getEnvironment().getRequiredProperty("local.server.port")
				+ "/agentsocket/console");
		browser.see("#state[data-status=connected]");
		browser.see("#action-list button", "bulk.0001");
	}

	private static void select(String action) {
		browser.type("#search", action);
		browser.see("#action-count", " of ");
		browser.click("#action-list button[data-name='" + action + "']");
		browser.see("#work-title", action);
	}

	private static void field(String name, String value) {
		browser.type("#call [id=" + browser.see("#call label", name).getDomAttribute("for") + "]", value);
	}

	private static WebElement done(String status) {
		return browser.see("#calls .call:first-child[data-status=" + status + "]");
	}

	@Test
	void findsAnActionFillsItsFormAndShowsTheResult() throws IOException {
		assertThat(browser.see("#action-count").getText()).isEqualTo("1010");
		select("weather.current");
		field("city", "Berlin");
		browser.click("#invoke");
		assertThat(done("done").getText()).contains("\"temperature\": 21.5");
		browser.click(".switch button", "JSON");
		assertThat(browser.see("#arguments").getDomProperty("value")).contains("\"city\": \"Berlin\"");
		browser.type("#arguments", "{\"city\": \"Ulm\"}");
		browser.click("#invoke");
		assertThat(done("done").getText()).contains("Ulm");
		assertThat(browser.problems()).isEmpty();
	}

	@Test
	void showsViolationsBesideTheirFields() {
		select("table.book");
		field("guests", "12");
		field("email", "nobody");
		browser.click("#invoke");
		browser.see("#call .problem", "maximum value of 8");
		assertThat(done("failed").getText()).contains("INVALID_ARGUMENT");
		assertThat(browser.<Long>value("document.querySelectorAll('[aria-invalid=true]').length")).isGreaterThan(1);
	}

	@Test
	void answersAQuestionInMidCall() throws IOException {
		select("weather.current");
		field("city", "Springfield");
		browser.click("#invoke");
		browser.see("dialog h2", "Which Springfield?");
		browser.picture("question");
		browser.choose("dialog select", "OREGON");
		browser.click("dialog button.primary");
		assertThat(done("done").getText()).contains("Springfield, OREGON");
	}

	@Test
	void asksWhetherAnActionMayRun() {
		select("disk.erase");
		browser.click("#invoke");
		browser.see("dialog", "disk.erase");
		browser.click("dialog button", "Decline");
		assertThat(done("failed").getText()).contains("PERMISSION_DENIED");
		browser.click("#invoke");
		browser.click("dialog button.primary", "Approve");
		assertThat(done("done").getText()).contains("erased");
	}

	@Test
	void letsComeWhatThereIsCreditForAndCancels() {
		select("numbers.count");
		field("n", "1000");
		browser.choose("#credit", "by hand");
		browser.click("#invoke");
		browser.click(".call .controls button", "+10");
		browser.see(".call .numbers", "10 items");
		browser.click(".call .controls button", "+1");
		browser.see(".call .numbers", "11 items");
		browser.click(".call .controls button", "Cancel");
		assertThat(done("cancelled").getText()).contains("11 items");
	}

	@Test
	void steersACall() throws IOException {
		select("llm.tokens");
		field("n", "2000");
		browser.click("#invoke");
		browser.see(".call .items", "agents talk");
		browser.type(".call form input", "loudly");
		browser.click(".call form button", "Send");
		browser.see(".call .items", "SOCKET");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.see("#frames .note", "RESUMED");
		browser.picture("steered");
		browser.click(".call .controls button", "Cancel");
		done("cancelled");
	}

	@Test
	void losesNothingWhenItIsCut() throws IOException {
		select("numbers.slow");
		field("n", "150");
		browser.click("#invoke");
		browser.see(".call .numbers", " items");
		browser.click("#cut");
		browser.see("#resume", "RESUMED");
		browser.picture("resumed");
		assertThat(done("done").getText()).contains("150 items");
		List<String> items = browser.value("[...document.querySelectorAll('.call .items li')].map(e => e.textContent)");
		assertThat(items).hasSize(150).startsWith("1").endsWith("150").doesNotHaveDuplicates();
		browser.see("#frames .note", "RESUMED");
	}

	@Test
	void showsActionsThatComeAndFramesOfBothDirections() {
		select("shop.enter");
		browser.click("#invoke");
		done("done");
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
		select("weather.current");
		field("city", "Bonn");
		browser.click("#invoke");
		done("done");
		browser.click("#copy-as");
		browser.see("dialog .code", ".arguments(Map.of(\"city\", \"Bonn\"))");
		browser.click("dialog button", "Python");
		browser.see("dialog .code", "agent.invoke(\"weather.current\", {\"city\": \"Bonn\"})");
		browser.click("dialog button", "Close");
		browser.click("#tab-history");
		browser.click("#history button", "Again");
		browser.see("#calls .call:nth-child(2)");
		assertThat(done("done").getText()).contains("Bonn");
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
		select("hostile.action");
		browser.see(".description", "<img src=x onerror=");
		browser.see("#call label", "__proto__");
		field("__proto__", "\"<b>\"");
		browser.click("#invoke");
		assertThat(done("done").getText()).contains("<script>document.title='owned'</script>", "javascript:alert(1)",
				"\"__proto__\"");
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
	void staysResponsiveWhileTenThousandItemsComeEachSecond() {
		browser.value("(() => { window.longest = 0; let last = performance.now(); const tick = (now) => {"
				+ " window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(tick); };"
				+ " requestAnimationFrame(tick); })()");
		select("numbers.fast");
		browser.choose("#credit", "automatic, 1,000 ahead");
		field("n", "40000");
		browser.click("#invoke");
		browser.click("#tab-events");
		browser.click("#tab-frames");
		WebElement call = done("done");
		assertThat(call.getText()).contains("40000 items");
		System.out.println("numbers.fast: " + call.findElement(By.className("numbers")).getText()
				+ ", longest time between two pictures " + browser.value("Math.round(window.longest)") + " ms");
		assertThat(browser.<Long>value("document.querySelectorAll('*').length")).isLessThan(8000);
		assertThat(browser.<Number>value("window.longest").doubleValue()).isLessThan(3000);
	}

	@Test
	void fitsPhonesAndWideScreensInLightAndDark() throws IOException {
		for (String scheme : List.of("light", "dark")) {
			browser.look(1440, 900, scheme);
			select("weather.current");
			field("city", "Berlin");
			browser.click("#invoke");
			done("done");
			select("llm.tokens");
			browser.click("#invoke");
			done("done");
			browser.picture("wide-" + scheme);
			browser.look(390, 844, scheme);
			for (String view : List.of("actions", "work", "wire")) {
				browser.click("[data-show=" + view + "]");
				browser.picture("phone-" + view + "-" + scheme);
				assertThat(browser.<Boolean>value("document.documentElement.scrollWidth <= innerWidth")).isTrue();
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ DemoTools.class, MoreTools.class })
	static class Application {

		@Bean
		ApplicationRunner many(ActionCatalog catalog) {
			return (arguments) -> {
				for (int i = 1; i <= 1000; i++) {
					catalog.add(Action.named("bulk.%04d".formatted(i))
						.description("Action number " + i + " of a thousand")
						.handler((exchange) -> Mono.just("done")));
				}
				catalog.add(Action.named("hostile.action")
					.description("<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1))")
					.input(Map.of("type", "object", "properties",
							Map.of("__proto__", Map.of("description", "<b>bold</b>"))))
					.handler((exchange) -> Mono.just(Map.of("text", "<script>document.title='owned'</script>", "link",
							"javascript:alert(1)", "__proto__", Map.of("owned", true)))));
			};
		}

	}

	static class MoreTools {

		@AgentTool(value = "numbers.count", description = "Counts")
		Flux<Integer> count(int n) {
			return Flux.range(1, n);
		}

		@AgentTool(value = "numbers.slow", description = "Counts, 50 a second")
		Flux<Long> slow(int n) {
			return Flux.interval(Duration.ofMillis(20)).onBackpressureBuffer().take(n).map((i) -> i + 1);
		}

		@AgentTool(value = "numbers.fast", description = "Counts, 10,000 a second")
		Flux<Map<String, Long>> fast(int n) {
			return Flux.interval(Duration.ofMillis(10))
				.onBackpressureBuffer()
				.concatMap((tick) -> Flux.range(0, 100).map((i) -> Map.of("number", tick * 100 + i)))
				.take(n);
		}

		@AgentTool(value = "disk.erase", description = "Erases a disk", destructive = true, approval = true)
		String erase(@AgentParam(description = "Name of the disk", defaultValue = "scratch") String disk,
				AgentExchange exchange) {
			return disk + " erased";
		}

	}

}
