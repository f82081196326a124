package io.agentsocket.connection;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a peer tells its owner.
 */
final class RecordingListener implements PeerListener {

	final List<String> events = new CopyOnWriteArrayList<>();

	final List<String> defined = new CopyOnWriteArrayList<>();

	final List<String> announced = new CopyOnWriteArrayList<>();

	final List<Frame.GoAway> goAways = new CopyOnWriteArrayList<>();

	final List<Integer> detached = new CopyOnWriteArrayList<>();

	volatile int confirmed;

	@Override
	public void event(String name, Bytes payload) {
		this.events.add(name + payload.length());
	}

	@Override
	public void defined(String name, boolean available, Bytes descriptor, @Nullable String catalogHash) {
		this.defined.add((available ? "+" : "-") + name + (descriptor.isEmpty() ? "" : "*")
				+ ((catalogHash != null) ? "@" + catalogHash : ""));
	}

	@Override
	public void announced(String runner, String name, Bytes descriptor) {
		this.announced.add(name + " of " + runner);
	}

	@Override
	public void goAway(Frame.GoAway frame) {
		this.goAways.add(frame);
	}

	@Override
	public void detached(int closeCode) {
		this.detached.add(closeCode);
	}

	@Override
	public void onFirstAck() {
		this.confirmed++;
	}

}
