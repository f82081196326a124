package io.agentsocket.action;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A question to the person or model behind the agent, asked in the middle of a running
 * invocation. Implements section 18 of {@code docs/protocol.md}.
 *
 * @param prompt the question
 * @param type type of the answer
 * @param schema JSON Schema that the answer must satisfy, or {@code null} for that of the
 * type
 * @param timeout how long to wait for an answer, or {@code null} for the default
 * @param <T> type of the answer
 */
public record Question<T>(String prompt, Type type, @Nullable Map<String, Object> schema, @Nullable Duration timeout) {

	/**
	 * Ask for a value of a type.
	 * @param prompt the question
	 * @param type type of the answer; an enum or a record makes a good choice
	 * @param <T> type of the answer
	 * @return a question
	 */
	public static <T> Question<T> of(String prompt, Class<T> type) {
		return new Question<>(prompt, type, null, null);
	}

	/**
	 * The same question with a time limit.
	 * @param timeout how long to wait for an answer
	 * @return a new question
	 */
	public Question<T> timeout(Duration timeout) {
		return new Question<>(this.prompt, this.type, this.schema, timeout);
	}

	/**
	 * The same question with another schema.
	 * @param schema JSON Schema that the answer must satisfy
	 * @return a new question
	 */
	public Question<T> schema(Map<String, Object> schema) {
		return new Question<>(this.prompt, this.type, schema, this.timeout);
	}

}
