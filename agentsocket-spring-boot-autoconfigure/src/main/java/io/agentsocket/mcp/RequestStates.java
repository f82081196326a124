package io.agentsocket.mcp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.function.LongSupplier;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * States that clients bring back with their answers: they name the call and its pod, are
 * sealed with a key that only this pod has, and bound to principal and tool. Thread-safe.
 */
final class RequestStates {

	private static final String ALGORITHM = "HmacSHA256";

	private static final int SEAL = 16;

	private static final int ID = 16;

	/** Seal, id, sequence and expiry, before the name of the pod. */
	private static final int HEAD = SEAL + ID + Integer.BYTES + Long.BYTES;

	/** No name of a pod is longer. */
	private static final int MAX = HEAD + 256;

	private final SecretKeySpec key;

	private final Duration ttl;

	private final LongSupplier clock;

	private final java.util.function.Supplier<String> pod;

	/**
	 * Create states.
	 * @param ttl how long a state is good for
	 * @param pod gives the name of this pod
	 * @param clock milliseconds since 1970
	 */
	RequestStates(Duration ttl, java.util.function.Supplier<String> pod, LongSupplier clock) {
		byte[] secret = new byte[32];
		new SecureRandom().nextBytes(secret);
		this.key = new SecretKeySpec(secret, ALGORITHM);
		this.ttl = ttl;
		this.pod = pod;
		this.clock = clock;
	}

	/** Writes a state. */
	String write(Bytes id, int sequence, String tool, @Nullable String principal) {
		byte[] name = this.pod.get().getBytes(StandardCharsets.UTF_8);
		ByteBuffer state = ByteBuffer.allocate(HEAD + name.length);
		state.position(SEAL);
		state.put(id.toArray()).putInt(sequence).putLong(this.clock.getAsLong() + this.ttl.toMillis()).put(name);
		byte[] seal = seal(state.array(), tool, principal);
		System.arraycopy(seal, 0, state.array(), 0, SEAL);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(state.array());
	}

	private byte[] seal(byte[] state, String tool, @Nullable String principal) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.key);
			mac.update(state, SEAL, state.length - SEAL);
			mac.update((byte) 0);
			mac.update(tool.getBytes(StandardCharsets.UTF_8));
			mac.update((byte) 0);
			if (principal != null) {
				mac.update((byte) 1);
				mac.update(principal.getBytes(StandardCharsets.UTF_8));
			}
			return mac.doFinal();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Each JVM has " + ALGORITHM, ex);
		}
	}

	/**
	 * Read a state, without believing anything of it.
	 * @param text the state that the client has brought
	 * @return its parts
	 * @throws RpcError if it is none
	 */
	static State parse(String text) {
		try {
			return parse((text.length() <= MAX * 2) ? Bytes.of(Base64.getUrlDecoder().decode(text)) : Bytes.EMPTY);
		}
		catch (IllegalArgumentException ex) {
			throw invalid();
		}
	}

	/** Reads a state that is not written as text any more. */
	static State parse(Bytes state) {
		if (state.length() <= HEAD || state.length() > MAX) {
			throw invalid();
		}
		byte[] bytes = state.toArray();
		ByteBuffer buffer = ByteBuffer.wrap(bytes, SEAL + ID, bytes.length - SEAL - ID);
		return new State(bytes, Bytes.of(bytes, SEAL, ID), buffer.getInt(), buffer.getLong(),
				new String(bytes, HEAD, bytes.length - HEAD, StandardCharsets.UTF_8));
	}

	/**
	 * Check that this pod has written a state, for a tool and a principal, not long ago.
	 * @throws RpcError if it has not
	 */
	void verify(State state, String tool, @Nullable String principal) {
		byte[] seal = seal(state.bytes(), tool, principal);
		if (!MessageDigest.isEqual(java.util.Arrays.copyOf(seal, SEAL), java.util.Arrays.copyOf(state.bytes(), SEAL))) {
			throw invalid();
		}
		if (state.expiry() < this.clock.getAsLong()) {
			throw RpcError.invalidParams("This requestState has expired");
		}
	}

	static RpcError invalid() {
		return RpcError.invalidParams("This requestState is none that the server has given for this call");
	}

	/**
	 * A state that a client has brought.
	 *
	 * @param bytes all of it
	 * @param id id of the call
	 * @param sequence number of the state
	 * @param expiry milliseconds since 1970 after which it is no longer good
	 * @param pod name of the pod where the call runs
	 */
	record State(byte[] bytes, Bytes id, int sequence, long expiry, String pod) {
	}

}
