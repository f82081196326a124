package io.agentsocket.session.redis;

import java.nio.charset.StandardCharsets;

/**
 * To which slot of a cluster a key belongs, by the specification of Redis Cluster.
 */
final class Slots {

	private Slots() {
	}

	static int of(String key) {
		int open = key.indexOf('{');
		int close = key.indexOf('}', open + 1);
		String hashed = (open >= 0 && close > open + 1) ? key.substring(open + 1, close) : key;
		int crc = 0;
		for (byte next : hashed.getBytes(StandardCharsets.UTF_8)) {
			crc ^= (next & 0xFF) << 8;
			for (int bit = 0; bit < 8; bit++) {
				crc = ((crc & 0x8000) != 0) ? (crc << 1) ^ 0x1021 : crc << 1;
			}
			crc &= 0xFFFF;
		}
		return crc % 16384;
	}

}
