package io.agentsocket.mcp;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * A question of a call that nobody has answered.
 *
 * @param form the form that is put to the user
 * @param sink takes the answer
 */
record OpenQuestion(QuestionForms.Form form, MonoSink<Map<String, Object>> sink) {

	/**
	 * Answer it.
	 * @param response the response of the client
	 * @return whether it is one
	 */
	boolean answer(@Nullable Object response) {
		Map<String, Object> answer = this.form.read(response);
		if (answer != null) {
			this.sink.success(answer);
		}
		return answer != null;
	}

}
