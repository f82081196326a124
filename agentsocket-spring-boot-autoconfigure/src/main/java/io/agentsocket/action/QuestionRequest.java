package io.agentsocket.action;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A question that arrived. Implements section 18 of {@code docs/protocol.md}.
 *
 * @param prompt the question, for a person or a model
 * @param schema JSON Schema that the answer must satisfy, or {@code null} for text
 */
public record QuestionRequest(String prompt, @Nullable Map<String, Object> schema) {

}
