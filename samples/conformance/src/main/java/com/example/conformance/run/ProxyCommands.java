package com.example.conformance.run;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.example.conformance.app.Pods;
import com.example.conformance.wire.WireSocket;

/**
 * The commands of a run behind a proxy.
 */
final class ProxyCommands {

	/**
	 * Members that go with a command; the order of the members of a map has no meaning.
	 */
	private static final Set<String> ADDITIONS = Set.of("count", "atMost", "quietly");

	private final ProxyRun run;

	private final Pods pods;

	private final FrameLog log;

	ProxyCommands(ProxyRun run, Pods pods, FrameLog log) {
		this.run = run;
		this.pods = pods;
		this.log = log;
	}

	Map<String, ?> run(Map<String, ?> command) throws IOException, InterruptedException {
		String name = command.keySet().stream().filter((key) -> !ADDITIONS.contains(key)).findFirst().orElse("");
		Object value = command.get(name);
		switch (name) {
			case "cut" -> cut(value);
			case "half-close" -> halfClose(value);
			case "hold" -> this.run.hold(String.valueOf(value));
			case "release" -> this.run.release(String.valueOf(value));
			case "delay" -> this.run.delay(((Number) value).longValue());
			case "close" -> this.run.close(((Number) value).intValue());
			case "down" -> this.run.down((Boolean) value);
			case "refuse" -> this.run.refuse((List<?>) value);
			case "duplicate" -> this.run.duplicate();
			case "pod" -> otherPod(command.get("quietly") == Boolean.TRUE);
			case "drain" -> drain((Map<?, ?>) value);
			case "await" -> await((Map<?, ?>) value);
			case "seen" -> {
				return seen((Map<?, ?>) value, command);
			}
			case "release-key" -> this.pods.journal().release(String.valueOf(value), number(command, "count", 1));
			case "publish" -> publish((Map<?, ?>) value);
			case "catalog" -> catalog((Map<?, ?>) value);
			case "end-session" -> endSession();
			default -> throw new CaseFailed("there is no command " + command);
		}
		return Map.of();
	}

	private static int number(Map<?, ?> map, String member, int otherwise) {
		return (map.get(member) instanceof Number number) ? number.intValue() : otherwise;
	}

	private void cut(Object value) {
		if (value instanceof Map<?, ?> map) {
			this.run.cutLater(String.valueOf(map.get("from")), number(map, "after", 1),
					map.get("lose") == Boolean.TRUE);
		}
		else {
			this.run.cut();
		}
	}

	private void halfClose(Object side) throws IOException {
		ProxyRun.Pair pair = this.run.present();
		this.run.hold(String.valueOf(side));
		(side.equals("server") ? pair.client() : pair.server()).shutdownOutput();
		this.run.release(String.valueOf(side));
	}

	private void otherPod(boolean quietly) {
		this.run.otherPod();
		if (!quietly) {
			this.run.cut();
		}
	}

	private void drain(Map<?, ?> times) throws IOException {
		// GOAWAY has no number, so a frame that the server did not send disturbs nothing.
		String drain = uvarint(number(times, "drain", 10_000));
		String spread = uvarint(number(times, "spread", 0));
		byte[] frame = HexFormat.of().parseHex("18" + uvarint(number(times, "code", 4000)) + drain + spread);
		this.run.present().client().write(WireSocket.Message.of(WireSocket.BINARY, frame));
	}

	private static String uvarint(int value) {
		StringBuilder hex = new StringBuilder();
		int rest = value;
		while (rest > 0x7F) {
			hex.append(HexFormat.of().toHexDigits((byte) (rest & 0x7F | 0x80)));
			rest >>>= 7;
		}
		return hex.append(HexFormat.of().toHexDigits((byte) rest)).toString();
	}

	private void await(Map<?, ?> what) throws InterruptedException {
		if (what.get("key") != null) {
			String key = String.valueOf(what.get("key"));
			String noted = String.valueOf(what.get("what"));
			if (!this.pods.journal().await(key, noted, number(what, "count", 1), FrameLog.PATIENCE)) {
				throw new CaseFailed(key + " was not " + noted);
			}
		}
		else if (what.get("frame") instanceof Map<?, ?> members) {
			this.log.await(what.toString(), () -> this.log.count(members) >= number(what, "count", 1));
		}
		else if (what.get("connections") != null) {
			this.log.await(what.toString(), () -> this.log.connections() >= number(what, "connections", 1));
		}
		else {
			this.log.await(what.toString(), () -> this.log.welcomes() >= number(what, "welcomes", 1)
					&& (what.get("status") == null || this.log.status().equals(what.get("status"))));
		}
	}

	private Map<String, ?> seen(Map<?, ?> members, Map<String, ?> command) {
		int count = this.log.count(members);
		if (count > number(command, "atMost", Integer.MAX_VALUE) || count < number(command, "atLeast", 0)) {
			throw new CaseFailed(count + " frames " + members + " were seen");
		}
		return Map.of("count", count);
	}

	private void publish(Map<?, ?> event) {
		this.pods.publish(this.run.isShared(), this.run.isSecond(), String.valueOf(event.get("event")),
				event.get("payload"));
	}

	private void catalog(Map<?, ?> change) {
		if (change.get("add") instanceof String name) {
			this.pods.add(name);
		}
		if (change.get("remove") instanceof String name) {
			this.pods.remove(name);
		}
	}

	private void endSession() {
		Map<?, ?> welcome = (Map<?, ?>) this.log.latest(Map.of("type", "WELCOME")).get("map");
		this.pods.end(this.run.isShared(), this.run.isSecond(), String.valueOf(welcome.get("session")));
	}

}
