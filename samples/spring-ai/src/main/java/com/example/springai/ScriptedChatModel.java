package com.example.springai;

import java.util.List;
import java.util.stream.Collectors;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * A model without a network. It calls the tools that a word of the question is for, and
 * answers with their results.
 */
class ScriptedChatModel implements ChatModel {

	@Override
	public ChatOptions getOptions() {
		return ToolCallingChatOptions.builder().build();
	}

	@Override
	public ChatResponse call(Prompt prompt) {
		List<Message> messages = prompt.getInstructions();
		Message last = messages.get(messages.size() - 1);
		AssistantMessage reply = (last instanceof ToolResponseMessage results) ? answer(results)
				: AssistantMessage.builder().content("").toolCalls(calls(last.getText())).build();
		return new ChatResponse(List.of(new Generation(reply)));
	}

	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return Mono.fromCallable(() -> call(prompt)).flux();
	}

	private static AssistantMessage answer(ToolResponseMessage results) {
		return new AssistantMessage(results.getResponses()
			.stream()
			.map(ToolResponseMessage.ToolResponse::responseData)
			.collect(Collectors.joining("; ")));
	}

	private static List<ToolCall> calls(String question) {
		if (question.contains("back")) {
			return List.of(call(1, "orders_refund", 7));
		}
		if (question.contains("watch")) {
			return List.of(call(1, "orders_watch", 7));
		}
		return List.of(call(1, "orders_track", 7), call(2, "orders_track", 8), call(3, "orders_lines", 7));
	}

	private static ToolCall call(int id, String tool, int order) {
		return new ToolCall("call-" + id, "function", tool, "{\"order\":" + order + "}");
	}

}
