package io.agentsocket.protocol;

/**
 * Traffic of a peer over all its connections. Bytes are those on the wire with the
 * headers and masks of WebSocket, without TCP and TLS.
 *
 * @param messagesSent WebSocket messages sent
 * @param bytesSent their bytes
 * @param messagesReceived WebSocket messages received
 * @param bytesReceived their bytes
 */
public record Traffic(long messagesSent, long bytesSent, long messagesReceived, long bytesReceived) {

	/**
	 * Traffic since an earlier reading.
	 * @param earlier the earlier reading
	 * @return the difference
	 */
	public Traffic since(Traffic earlier) {
		return new Traffic(this.messagesSent - earlier.messagesSent, this.bytesSent - earlier.bytesSent,
				this.messagesReceived - earlier.messagesReceived, this.bytesReceived - earlier.bytesReceived);
	}

	/**
	 * Bytes in both directions.
	 * @return the sum
	 */
	public long bytes() {
		return this.bytesSent + this.bytesReceived;
	}

}
