package io.agentsocket.codec;

import tools.jackson.core.sym.ByteQuadsCanonicalizer;

/**
 * Bounds the memory of parsers for the names in payloads. A table of Jackson keeps up to
 * 6,000 names, which a peer chooses; with names as long as a payload that would be
 * gigabytes.
 */
final class WireNames {

	/**
	 * Bytes of the largest payload whose names are remembered for others. Most arguments
	 * are smaller; the whole table has some 12 MiB at most.
	 */
	private static final int REMEMBERED = 1024;

	private WireNames() {
	}

	/**
	 * The table of names for a payload.
	 * @param shared the table that is kept
	 * @param length bytes of the payload
	 * @return the shared table, or one for this payload alone
	 */
	static ByteQuadsCanonicalizer of(ByteQuadsCanonicalizer shared, int length) {
		return (length <= REMEMBERED) ? shared : ByteQuadsCanonicalizer.createRoot();
	}

}
