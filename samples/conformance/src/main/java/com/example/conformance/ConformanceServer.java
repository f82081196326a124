package com.example.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import com.example.conformance.app.Pods;
import com.example.conformance.run.Cases;
import com.example.conformance.run.ControlServer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Starts the server against which drivers play the cases, prints where it is, and ends
 * when its standard input does.
 */
public final class ConformanceServer implements AutoCloseable {

	/** System property with the seed of everything that is random. */
	public static final String SEED = "conformance.seed";

	private final Pods pods = new Pods();

	private final Cases cases;

	private final ControlServer control;

	private final long seed;

	/**
	 * Start the server.
	 * @param file the cases
	 * @throws IOException if there is no port
	 */
	public ConformanceServer(Path file) throws IOException {
		this.seed = Long.getLong(SEED, System.nanoTime() & 0xFFFF_FFFFL);
		this.cases = new Cases(file);
		this.control = new ControlServer(this.pods, this.cases, this.seed);
	}

	public static void main(String[] arguments) throws Exception {
		try (ConformanceServer server = new ConformanceServer(Cases.locate())) {
			System.out.println(JsonMapper.shared().writeValueAsString(server.ready()));
			Runtime.getRuntime().addShutdownHook(new Thread(server.pods::close));
			while (System.in.read() >= 0) {
				// Nothing is expected.
			}
		}
	}

	/**
	 * Where everything is.
	 * @return the members of the line that is printed
	 */
	public Map<String, Object> ready() {
		Map<String, Object> ready = new LinkedHashMap<>();
		ready.put("ready", true);
		ready.put("uri", "ws://127.0.0.1:" + this.pods.port(false, false) + "/agents");
		ready.put("control", this.control.uri());
		ready.put("cases", this.cases.file().toString());
		ready.put("seed", this.seed);
		return ready;
	}

	/**
	 * The cases.
	 * @return the cases that are played
	 */
	public Cases cases() {
		return this.cases;
	}

	/**
	 * The pods behind it.
	 * @return the pods
	 */
	public Pods pods() {
		return this.pods;
	}

	@Override
	public void close() {
		this.control.close();
		this.pods.close();
	}

}
