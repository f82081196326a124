package io.agentsocket.relay.answer;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * The beginning of a function's answer.
 *
 * @param status the status code
 * @param contentType the header, or {@code null}
 * @param contentEncoding the header, or {@code null}
 * @param retryAfter the header, or {@code null}
 */
public record AnswerHead(int status, @Nullable String contentType, @Nullable String contentEncoding,
		@Nullable String retryAfter) {

	/** The media type without parameters in lower case; empty for none. */
	public String mediaType() {
		if (this.contentType == null) {
			return "";
		}
		int semicolon = this.contentType.indexOf(';');
		return ((semicolon >= 0) ? this.contentType.substring(0, semicolon) : this.contentType).strip()
			.toLowerCase(Locale.ROOT);
	}

	/** The value of the parameter {@code codec}; null when it is not given. */
	public @Nullable String codec() {
		if (this.contentType != null) {
			for (String parameter : this.contentType.split(";")) {
				String[] pair = parameter.strip().split("=", 2);
				if (pair.length == 2 && pair[0].strip().equalsIgnoreCase("codec")) {
					return pair[1].strip().replace("\"", "").toLowerCase(Locale.ROOT);
				}
			}
		}
		return null;
	}

	public boolean isEncoded() {
		return this.contentEncoding != null && !this.contentEncoding.strip().equalsIgnoreCase("identity");
	}

}
