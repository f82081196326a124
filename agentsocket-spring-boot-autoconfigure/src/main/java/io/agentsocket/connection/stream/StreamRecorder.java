package io.agentsocket.connection.stream;

/**
 * Records all that another owner of the session needs to go on with a stream. Called in
 * the peer's loop.
 */
public interface StreamRecorder {

	/**
	 * Ids are used up.
	 * @param nextId next id of this side, negative when there is none
	 * @param lastRemoteId latest id of the other side
	 */
	void ids(int nextId, int lastRemoteId);

	/**
	 * A payload arrives in parts.
	 * @param id its stream; 0 is for events and descriptors
	 */
	void recordPartial(int id);

	/**
	 * The last part of a payload has arrived.
	 * @param id its stream; 0 is for events and descriptors
	 */
	void recordComplete(int id);

	/**
	 * A call of this side is over.
	 * @param id its stream
	 */
	void closed(int id);

}
