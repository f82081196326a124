package io.agentsocket.action;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A question that arrived. Implements section 18 of {@code docs/protocol.md}.
 *
 * @param prompt the question, for a person or a model
 * @param schema JSON Schema that the answer must satisfy, or {@code null} for text
 * @param invocation the invocation of this side in the middle of which the question is
 * asked, or {@code null} when it is not known here
 * @param context Reactor context of the subscriber of that invocation: where one client
 * serves several users, it says whose question this is; empty when the invocation is not
 * known
 */
public record QuestionRequest(String prompt, @Nullable Map<String, Object> schema, @Nullable Invocation invocation,
		ContextView context) {

	/**
	 * A question that belongs to no invocation.
	 * @param prompt the question, for a person or a model
	 * @param schema JSON Schema that the answer must satisfy, or {@code null} for text
	 */
	public QuestionRequest(String prompt, @Nullable Map<String, Object> schema) {
		this(prompt, schema, null, Context.empty());
	}

}
