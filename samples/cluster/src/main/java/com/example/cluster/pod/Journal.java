package com.example.cluster.pod;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Tells the launcher what happens here. A line is with the launcher when the method
 * returns, whatever happens to this process next.
 */
public final class Journal {

	private final OutputStream output;

	Journal(OutputStream output) {
		this.output = output;
	}

	/**
	 * A tool begins to do something that must not be done twice.
	 * @param call id of the call
	 */
	void ran(String call) {
		write("ran " + call);
	}

	synchronized void write(String line) {
		try {
			this.output.write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.output.flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
