package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.springframework.data.redis.core.script.DigestUtils;

/**
 * A Lua script and its digest.
 *
 * @param text the script
 * @param digest SHA-1 of the text, by which Redis knows it once it was sent
 */
record Script(String text, String digest) {

	static Script of(String text) {
		return new Script(text, DigestUtils.sha1DigestAsHex(text));
	}

	ByteBuffer bytes() {
		return ByteBuffer.wrap(this.text.getBytes(StandardCharsets.UTF_8));
	}

}
