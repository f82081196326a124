package io.agentsocket.springai;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

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
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * A chat model that says what a test has written down: rounds of calls of tools, then
 * "fine". Records what it is given.
 */
final class ScriptedModel implements ChatModel {

	private final List<List<ToolCall>> rounds;

	private final AtomicInteger round = new AtomicInteger();

	final List<Prompt> prompts = new CopyOnWriteArrayList<>();

	ScriptedModel(List<List<ToolCall>> rounds) {
		this.rounds = rounds;
	}

	/** A round with a single call. */
	static ScriptedModel calling(String tool, String arguments) {
		return new ScriptedModel(List.of(List.of(call(1, tool, arguments))));
	}

	/** A round that makes the same call many times. */
	static ScriptedModel calling(int times, String tool, String arguments) {
		return new ScriptedModel(
				List.of(IntStream.rangeClosed(1, times).mapToObj((i) -> call(i, tool, arguments)).toList()));
	}

	static ToolCall call(int id, String tool, String arguments) {
		return new ToolCall("call-" + id, "function", tool, arguments);
	}

	@Override
	public ChatOptions getOptions() {
		return ToolCallingChatOptions.builder().build();
	}

	@Override
	public ChatResponse call(Prompt prompt) {
		this.prompts.add(prompt);
		int present = this.round.getAndIncrement();
		AssistantMessage message = (present < this.rounds.size())
				? AssistantMessage.builder().content("").toolCalls(this.rounds.get(present)).build()
				: new AssistantMessage("fine");
		return new ChatResponse(List.of(new Generation(message)));
	}

	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return Mono.fromCallable(() -> call(prompt)).flux();
	}

	/** Definitions of the tools that the model was given first. */
	List<ToolDefinition> definitions() {
		ToolCallingChatOptions options = (ToolCallingChatOptions) this.prompts.get(0).getOptions();
		return options.getToolCallbacks().stream().map((tool) -> tool.getToolDefinition()).toList();
	}

	/** Results of all tools so far, in the order in which the model sees them. */
	List<String> results() {
		List<Message> messages = this.prompts.get(this.prompts.size() - 1).getInstructions();
		return messages.stream()
			.filter(ToolResponseMessage.class::isInstance)
			.map(ToolResponseMessage.class::cast)
			.flatMap((message) -> message.getResponses().stream())
			.map(ToolResponseMessage.ToolResponse::responseData)
			.toList();
	}

}
