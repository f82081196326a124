package io.agentsocket.springai;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;

/**
 * Which calls of a reply are within the limits of Spring AI, so that no other is started
 * ahead of its turn. Counts as Spring AI does: since the last message of the user.
 *
 * @param perTool calls of one tool in a turn
 * @param total calls in a turn
 */
record CallQuota(int perTool, int total) {

	List<ToolCall> allowed(List<Message> messages, List<ToolCall> calls) {
		Map<String, Integer> counts = new HashMap<>();
		for (Message message : sinceUser(messages)) {
			if (message instanceof ToolResponseMessage responses) {
				responses.getResponses().forEach((response) -> counts.merge(response.name(), 1, Integer::sum));
			}
		}
		int all = counts.values().stream().mapToInt(Integer::intValue).sum();
		List<ToolCall> allowed = new ArrayList<>();
		for (ToolCall call : calls) {
			all++;
			if (counts.merge(call.name(), 1, Integer::sum) <= this.perTool && all <= this.total) {
				allowed.add(call);
			}
		}
		return allowed;
	}

	private static List<Message> sinceUser(List<Message> messages) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			if (messages.get(i) instanceof UserMessage) {
				return messages.subList(i, messages.size());
			}
		}
		return messages;
	}

}
