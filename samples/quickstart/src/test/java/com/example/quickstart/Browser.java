package com.example.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;

import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

import org.springframework.util.FileSystemUtils;

/**
 * Chromium of this machine, without a window. Waits for what is to be seen, never for a
 * time.
 */
final class Browser implements AutoCloseable {

	private static final List<Path> CHROMIUM = List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromedriver"));

	private static final Path PICTURES = Path.of("target", "console");

	/** Nothing takes that long, however busy the machine is. */
	private static final Duration PATIENCE = Duration.ofMinutes(5);

	/** The browser and its driver need the cores that a test takes by looking. */
	private static final long LOOK = Duration.ofMillis(10).toNanos();

	private final Path profile;

	private final ChromeDriver driver;

	private Browser(Path profile) {
		this.profile = profile;
		ChromeOptions options = new ChromeOptions().setBinary(CHROMIUM.get(0).toFile());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--window-size=1440,900", "--user-data-dir=" + profile);
		options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
		this.driver = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(CHROMIUM.get(1).toFile())
			.usingAnyFreePort()
			.build(), options);
		this.driver.manage().timeouts().scriptTimeout(PATIENCE);
	}

	/** The browser; the tests are left out, and say so, where there is none. */
	static Browser start() throws IOException {
		if (!CHROMIUM.stream().allMatch(Files::isExecutable)) {
			System.out.println("Not run: the console in a browser, for want of chromium and chromium-driver");
			Assumptions.abort("There is no browser");
		}
		System.out.println("Tests use " + CHROMIUM.get(0) + " for the console");
		// Below the folder that a build empties: a run that is killed leaves the profile.
		Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
		return new Browser(Files.createTempDirectory(target, "console"));
	}

	private static void lookAgain() {
		LockSupport.parkNanos(LOOK);
	}

	void open(String address) {
		this.driver.get(address);
	}

	/** Waits for an element that can be seen. */
	WebElement see(String css) {
		return see(css, "");
	}

	/** Waits for an element that can be seen and has a text in it. */
	WebElement see(String css, String text) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (true) {
			try {
				for (WebElement element : this.driver.findElements(By.cssSelector(css))) {
					if (element.isDisplayed() && element.getText().contains(text)) {
						return element;
					}
				}
			}
			catch (StaleElementReferenceException ex) {
				// It was drawn anew meanwhile.
			}
			if (System.nanoTime() > end) {
				throw new AssertionError("There is no " + css + " with '" + text + "', but: "
						+ this.driver.findElement(By.tagName("body")).getText()
						+ this.driver.manage().logs().get("browser").getAll());
			}
			lookAgain();
		}
	}

	/** Waits until there is no such element. */
	void gone(String css) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!this.driver.findElements(By.cssSelector(css)).isEmpty()) {
			if (System.nanoTime() > end) {
				throw new AssertionError("There is still " + css);
			}
			lookAgain();
		}
	}

	/** Waits until an expression of JavaScript is true. */
	void until(String expression) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!Boolean.TRUE.equals(value("Boolean(" + expression + ")"))) {
			if (System.nanoTime() > end) {
				throw new AssertionError("It never is: " + expression);
			}
			lookAgain();
		}
	}

	/** Presses keys, wherever the focus is. */
	void press(CharSequence... keys) {
		this.driver.switchTo().activeElement().sendKeys(keys);
	}

	void click(String css, String text) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (true) {
			try {
				see(css, text).click();
				return;
			}
			catch (StaleElementReferenceException ex) {
				// It was drawn anew before the click came.
				if (System.nanoTime() > end) {
					throw ex;
				}
			}
		}
	}

	void click(String css) {
		click(css, "");
	}

	void type(String css, String text) {
		WebElement element = see(css);
		element.clear();
		element.sendKeys(text);
	}

	/** Chooses what has this text in a list. */
	void choose(String css, String text) {
		see(css + " option", text).click();
	}

	/** Value of an expression of JavaScript in the page. */
	@SuppressWarnings("unchecked")
	<T> T value(String expression) {
		return (T) this.driver.executeScript("return " + expression);
	}

	/** Runs a script in the page. */
	void run(String script) {
		this.driver.executeScript(script);
	}

	/** Severe messages of the page, such as offences against its security policy. */
	List<String> problems() {
		return this.driver.manage()
			.logs()
			.get("browser")
			.getAll()
			.stream()
			.filter((entry) -> entry.getLevel().intValue() >= Level.SEVERE.intValue())
			.map(Object::toString)
			.toList();
	}

	/** Sets the size of the page and the scheme that its user prefers. */
	void look(int width, int height, String scheme) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
	}

	void picture(String name) throws IOException {
		Files.createDirectories(PICTURES);
		Files.write(PICTURES.resolve(name + ".png"), this.driver.getScreenshotAs(OutputType.BYTES));
	}

	@Override
	public void close() throws IOException {
		this.driver.quit();
		FileSystemUtils.deleteRecursively(this.profile);
	}

}
