package io.agentsocket.connection;

/**
 * The place of one side in the sequence of frames.
 *
 * @param received highest number accepted
 * @param sent highest number sent
 * @param firstHeld lowest number that can be sent again, sent + 1 when none
 */
public record Position(long received, long sent, long firstHeld) {

	/**
	 * Whether a session can go on from here.
	 * @param other the place of the other side
	 * @return {@code true} when neither side lacks a frame that the other no longer has
	 */
	public boolean canResume(Position other) {
		return other.firstHeld <= this.received + 1 && this.received <= other.sent && other.received <= this.sent
				&& other.received + 1 >= this.firstHeld;
	}

}
