package io.agentsocket.mcp;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A call that has not ended, or whose result nobody has fetched.
 */
interface OpenCall {

	/**
	 * Go on with a later request.
	 * @param next the request
	 * @param sequence number of the state that it brings
	 * @param responses responses to questions, by their keys
	 * @param caller the caller of that request, or {@code null} when it came to another
	 * pod: principals do not travel
	 * @throws RpcError if the state is not the latest one
	 */
	void resume(Reply next, int sequence, Map<String, Object> responses, @Nullable McpSession caller);

	/**
	 * End it, unless a request waits for it: nobody can come back for it any more.
	 * @param reason sentence that says why
	 */
	void leave(String reason);

	/**
	 * End it, and keep nothing of it.
	 * @param reason sentence that says why
	 */
	void forget(String reason);

}
