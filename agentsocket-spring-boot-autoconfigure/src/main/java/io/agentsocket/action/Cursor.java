package io.agentsocket.action;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;

/**
 * Where a page ended: behind an action, not at an index, so that changes of the catalog
 * neither repeat nor skip actions that stay.
 *
 * @param score score of the last action of the page
 * @param name its name
 */
record Cursor(double score, String name) {

	private static final int HEAD = Integer.BYTES + Double.BYTES;

	static String encode(ActionQuery query, FoundAction last) {
		byte[] name = last.action().name().getBytes(StandardCharsets.UTF_8);
		ByteBuffer buffer = ByteBuffer.allocate(HEAD + name.length);
		buffer.putInt(fingerprint(query)).putDouble(last.score()).put(name);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
	}

	static Cursor decode(ActionQuery query, String text) {
		try {
			ByteBuffer buffer = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
			if (buffer.remaining() > HEAD && buffer.getInt() == fingerprint(query)) {
				double score = buffer.getDouble();
				String name = StandardCharsets.UTF_8.decode(buffer).toString();
				if (Double.isFinite(score) && Names.isValid(name)) {
					return new Cursor(score, name);
				}
			}
		}
		catch (IllegalArgumentException ex) {
			// No base64: refused below.
		}
		throw DiscoveryArguments
			.refusal(List.of(new Violation("/cursor", "cursor", "is not from an answer to the same query and tags")));
	}

	private static int fingerprint(ActionQuery query) {
		return 31 * query.query().hashCode() + query.tags().hashCode();
	}

	int position(List<FoundAction> matches) {
		int low = 0;
		int high = matches.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (matches.get(middle).isAfter(this.score, this.name)) {
				high = middle;
			}
			else {
				low = middle + 1;
			}
		}
		return low;
	}

}
