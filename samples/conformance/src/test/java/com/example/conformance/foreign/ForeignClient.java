package com.example.conformance.foreign;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A client in another language. Its needs are installed once, from lock files; whatever
 * cannot be had is a reason not to run it.
 */
public enum ForeignClient {

	/** Needs Node. */
	JAVASCRIPT("JavaScript", "javascript", "conformance/driver.mjs", List.of("node", "--version"), 20, 0) {

		@Override
		List<List<String>> installation() {
			return List.of(List.of("npm", "ci", "--no-audit", "--no-fund"));
		}

		@Override
		List<String> driver() {
			return List.of("node", "conformance/driver.mjs");
		}

		@Override
		List<String> tests() {
			return List.of("npm", "test");
		}

		@Override
		Path lock() {
			return directory().resolve("package-lock.json");
		}

	},

	/**
	 * The same, minified, in a page, each case in one codec; needs Chromium, and Node to
	 * serve it.
	 */
	CHROMIUM("JavaScript in Chromium", "javascript", "browser/driver.mjs", List.of("chromium", "--version"), 120, 0) {

		@Override
		List<List<String>> installation() {
			return JAVASCRIPT.installation();
		}

		@Override
		List<String> driver() {
			return List.of("node", "browser/driver.mjs");
		}

		@Override
		String purpose() {
			// Whether it plays the cases, too, is said by those who ask for it.
			return "the own tests of the JavaScript client in a page";
		}

		@Override
		List<String> tests() {
			return List.of("npm", "run", "test:browser");
		}

		@Override
		Path lock() {
			return JAVASCRIPT.lock();
		}

	},

	/** Needs Python. */
	PYTHON("Python", "python", "conformance/driver.py", List.of("python3", "--version"), 3, 10) {

		@Override
		List<List<String>> installation() {
			return List.of(List.of("python3", "-m", "venv", venv().toString()),
					List.of(venv().resolve("bin/pip").toString(), "install", "-q", "--disable-pip-version-check", "-r",
							"requirements.txt"));
		}

		@Override
		List<String> driver() {
			return List.of(venv().resolve("bin/python").toString(), "conformance/driver.py");
		}

		@Override
		List<String> tests() {
			return List.of(venv().resolve("bin/python").toString(), "-m", "pytest", "-q", "-p", "no:cacheprovider");
		}

		@Override
		List<List<String>> checks() {
			return List.of(List.of(venv().resolve("bin/python").toString(), "-m", "mypy", "--cache-dir", "/dev/null"));
		}

		@Override
		Path lock() {
			return directory().resolve("requirements.txt");
		}

		private Path venv() {
			return TARGET.resolve("python");
		}

	},

	/** Needs Cargo. */
	RUST("Rust", "rust", "examples/driver/main.rs", List.of("cargo", "--version"), 1, 85) {

		@Override
		List<List<String>> installation() {
			return List.of(List.of("./cargo-lock.sh"), List.of("cargo", "build", "-q", "--locked", "--examples"));
		}

		@Override
		List<String> driver() {
			return List.of(TARGET.resolve("rust/debug/examples/driver").toString());
		}

		@Override
		List<String> tests() {
			return List.of("cargo", "test", "-q", "--features", "tls");
		}

		@Override
		List<List<String>> checks() {
			return List.of(List.of("cargo", "fmt", "--check"),
					List.of("cargo", "clippy", "-q", "--all-targets", "--features", "tls", "--", "-D", "warnings"));
		}

		@Override
		Path lock() {
			return directory().resolve("Cargo.locked");
		}

	};

	private static final Object INSTALLING = new Object();

	private static final Path TARGET = Path.of("target").toAbsolutePath();

	private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");

	/** On a slow line, and for Rust with all that it depends on. */
	private static final Duration INSTALLATION = Duration.ofMinutes(6);

	private static final Duration TESTS = Duration.ofMinutes(5);

	/**
	 * Two to three minutes where nothing else runs, in a browser longer than elsewhere.
	 */
	private static final Duration DRIVER = Duration.ofMinutes(16);

	private final String title;

	private final String folder;

	private final String driverFile;

	private final List<String> versionCommand;

	private final int major;

	private final int minor;

	private boolean prepared;

	private @Nullable String missing;

	ForeignClient(String title, String folder, String driverFile, List<String> versionCommand, int major, int minor) {
		this.title = title;
		this.folder = folder;
		this.driverFile = driverFile;
		this.versionCommand = versionCommand;
		this.major = major;
		this.minor = minor;
	}

	abstract List<List<String>> installation();

	abstract List<String> driver();

	/** For which the log says that the version is used. */
	String purpose() {
		return "the " + this.title + " client";
	}

	abstract List<String> tests();

	/** Commands that check how it is written: the tool, then its options. */
	List<List<String>> checks() {
		return List.of();
	}

	abstract Path lock();

	/**
	 * Name of the language.
	 * @return the name
	 */
	public String title() {
		return this.title;
	}

	Path directory() {
		return Path.of("..", "clients", this.folder).toAbsolutePath().normalize();
	}

	private Map<String, String> environment() {
		// Without what a debugger needs, Cargo is done in two thirds of the time.
		return Map.of("CARGO_TARGET_DIR", TARGET.resolve("rust").toString(), "CARGO_PROFILE_DEV_DEBUG", "0",
				"CARGO_INCREMENTAL", "0", "PYTHONDONTWRITEBYTECODE", "1", "NO_COLOR", "1");
	}

	/**
	 * Install what the client needs, once, and say so on standard output.
	 * @return why it cannot be run, or {@code null}
	 * @throws InterruptedException if this thread is interrupted
	 */
	public synchronized @Nullable String missing() throws InterruptedException {
		if (!this.prepared) {
			this.prepared = true;
			this.missing = prepare();
			if (this.missing != null) {
				System.out.println("Not run: the " + this.title + " client, " + this.missing);
			}
		}
		return this.missing;
	}

	private @Nullable String prepare() throws InterruptedException {
		if (!Files.exists(directory().resolve(this.driverFile))) {
			return "for want of its driver " + this.driverFile;
		}
		Command version = Command.run(TARGET.getParent(), Map.of(), Duration.ofMinutes(1), this.versionCommand);
		if (!version.isGood()) {
			return "for want of " + this.versionCommand.get(0);
		}
		if (!suffices(version.lastLine())) {
			return "which needs " + this.versionCommand.get(0) + " " + this.major + "." + this.minor + ", not "
					+ version.lastLine();
		}
		String failure = install();
		if (failure == null) {
			System.out.println("Tests use " + this.versionCommand.get(0) + " "
					+ version.lastLine().replaceAll("^[^0-9]*", "") + " for " + purpose());
		}
		return failure;
	}

	private boolean suffices(String version) {
		Matcher numbers = VERSION.matcher(version);
		if (!numbers.find()) {
			return false;
		}
		int first = Integer.parseInt(numbers.group(1));
		return first > this.major || first == this.major && Integer.parseInt(numbers.group(2)) >= this.minor;
	}

	/** Processes install one by one, as test classes run side by side in several. */
	private @Nullable String install() throws InterruptedException {
		synchronized (INSTALLING) {
			try (FileChannel file = FileChannel.open(TARGET.resolve("install.lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE); FileLock lock = file.lock()) {
				return lock.isValid() ? installOnce() : "whose dependencies cannot be installed: no lock";
			}
			catch (IOException ex) {
				return "whose dependencies cannot be installed: " + ex;
			}
		}
	}

	private @Nullable String installOnce() throws InterruptedException {
		try {
			Path mark = TARGET.resolve(this.folder + ".installed");
			String wanted = Files.readString(lock());
			if (this != RUST && Files.exists(mark) && Files.readString(mark).equals(wanted)) {
				return null;
			}
			for (List<String> step : installation()) {
				Command done = Command.run(directory(), environment(), INSTALLATION, step);
				if (!done.isGood()) {
					return "whose dependencies cannot be installed: " + done.lastLine();
				}
			}
			Files.writeString(mark, wanted);
			return null;
		}
		catch (IOException ex) {
			return "whose dependencies cannot be installed: " + ex;
		}
	}

	/**
	 * Run the client's own tests.
	 * @return how they ended
	 * @throws InterruptedException if this thread is interrupted
	 */
	public Command test() throws InterruptedException {
		return Command.run(directory(), environment(), TESTS, tests());
	}

	/**
	 * Check how the client is written, with the tools of its language that are here.
	 * @return the checks that have failed
	 * @throws InterruptedException if this thread is interrupted
	 */
	public List<Command> check() throws InterruptedException {
		List<Command> failed = new ArrayList<>();
		for (List<String> check : checks()) {
			List<String> tool = new ArrayList<>(check.stream().takeWhile((word) -> !word.startsWith("--")).toList());
			tool.add("--version");
			if (!Command.run(directory(), environment(), TESTS, tool).isGood()) {
				System.out.println("Not run: " + String.join(" ", check) + ", which is not there");
				continue;
			}
			Command done = Command.run(directory(), environment(), TESTS, check);
			if (!done.isGood()) {
				failed.add(done);
			}
		}
		return failed;
	}

	/**
	 * Run the client's driver.
	 * @param control address of the control interface
	 * @param cases the cases
	 * @param codec the codec
	 * @return how it ended; its lines are its report
	 * @throws InterruptedException if this thread is interrupted
	 */
	public Command drive(String control, Path cases, String codec) throws InterruptedException {
		List<String> words = new ArrayList<>(driver());
		words.addAll(List.of("--control", control, "--cases", cases.toString(), "--codec", codec));
		return Command.run(directory(), environment(), DRIVER, words);
	}

}
