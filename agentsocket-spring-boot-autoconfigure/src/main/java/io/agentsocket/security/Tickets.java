package io.agentsocket.security;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.OneTimeValues;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/**
 * Tickets for agents that cannot send a credential with their upgrade request: random
 * texts that stand for a principal once and for a short time, in whichever pod. The store
 * has a hash of the ticket, and the name of the principal, its authorities and the expiry
 * of its credential; no object is serialized. Thread-safe.
 */
@Internal
public final class Tickets {

	private static final String PREFIX = "ast_";

	/** As for session tokens: nobody guesses 256 bits. */
	private static final int RANDOM_BYTES = 32;

	private static final int FORMAT = 1;

	/** The credential does not expire. */
	private static final long NEVER = 0;

	private static final Instant FIRST = Instant.ofEpochMilli(Long.MIN_VALUE);

	private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

	private final SecureRandom random = new SecureRandom();

	private final OneTimeValues values;

	private final Duration ttl;

	private final TicketQuota quota;

	/**
	 * Create tickets.
	 * @param values where they are kept
	 * @param ttl how long one is valid
	 */
	public Tickets(OneTimeValues values, Duration ttl) {
		this.values = values;
		this.ttl = ttl;
		this.quota = new TicketQuota(ttl);
	}

	/** Whether a text looks like a ticket. */
	static boolean isTicket(String text) {
		return text.startsWith(PREFIX);
	}

	/**
	 * How long a ticket is valid.
	 * @return the time
	 */
	public Duration ttl() {
		return this.ttl;
	}

	/**
	 * Issue a ticket.
	 * @param authentication its receiver
	 * @return the ticket; empty when this principal has got too many, fails when it
	 * cannot be kept
	 */
	public Mono<String> issue(Authentication authentication) {
		return Mono.defer(() -> {
			if (!this.quota.take(authentication.getName())) {
				return Mono.empty();
			}
			byte[] bytes = new byte[RANDOM_BYTES];
			this.random.nextBytes(bytes);
			String ticket = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
			return this.values.put(hash(ticket), pack(authentication), this.ttl).thenReturn(ticket);
		});
	}

	/**
	 * Redeem a ticket; it is void then.
	 * @param ticket the ticket
	 * @return its receiver, or empty when it is not valid (any more)
	 */
	public Mono<TicketAuthentication> redeem(String ticket) {
		return Mono.defer(() -> this.values.take(hash(ticket))).map(Tickets::unpack);
	}

	private static String hash(String ticket) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(ticket.getBytes(StandardCharsets.UTF_8));
			return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

	private static Bytes pack(Authentication authentication) {
		List<String> authorities = authentication.getAuthorities()
			.stream()
			.map(GrantedAuthority::getAuthority)
			.filter((authority) -> authority != null)
			.toList();
		Instant expires = CredentialExpiry.of(authentication);
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (DataOutputStream out = new DataOutputStream(bytes)) {
			out.writeByte(FORMAT);
			out.writeUTF(authentication.getName());
			out.writeLong((expires != null) ? millis(expires) : NEVER);
			out.writeInt(authorities.size());
			for (String authority : authorities) {
				out.writeUTF(authority);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return Bytes.of(bytes.toByteArray());
	}

	private static TicketAuthentication unpack(Bytes packed) {
		try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packed.exactArray()))) {
			if (in.readByte() != FORMAT) {
				throw new IOException("another version of this project has written it");
			}
			String name = in.readUTF();
			long expires = in.readLong();
			List<SimpleGrantedAuthority> authorities = new ArrayList<>();
			for (int left = in.readInt(); left > 0; left--) {
				authorities.add(new SimpleGrantedAuthority(in.readUTF()));
			}
			return new TicketAuthentication(name, authorities, instant(expires));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("A ticket cannot be read", ex);
		}
	}

	/** A time that a number of milliseconds cannot tell is the nearest that it can. */
	private static long millis(Instant time) {
		Instant told = time;
		if (time.isBefore(FIRST)) {
			told = FIRST;
		}
		else if (time.isAfter(LAST)) {
			told = LAST;
		}
		long millis = told.toEpochMilli();
		return (millis != NEVER) ? millis : NEVER - 1;
	}

	private static @Nullable Instant instant(long millis) {
		return (millis != NEVER) ? Instant.ofEpochMilli(millis) : null;
	}

}
