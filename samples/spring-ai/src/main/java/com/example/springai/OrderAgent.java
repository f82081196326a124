package com.example.springai;

import java.util.Map;

import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.springai.AgentSocketTools;
import io.agentsocket.springai.ParallelToolCalls;
import io.agentsocket.springai.RemoteToolListener;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.model.ChatModel;

/**
 * Answers questions with a model and the tools of a server. Close it when it is not
 * needed any more.
 */
class OrderAgent implements AutoCloseable {

	private final AgentSocketClient client;

	private final AgentSocketTools tools;

	private final ChatClient chat;

	/**
	 * Create an agent. It connects when it is first asked.
	 * @param address address of the endpoint
	 * @param model the model
	 * @param person answers the questions of tools
	 */
	OrderAgent(String address, ChatModel model, Person person) {
		this.client = AgentSocketClient.builder(address)
			.onQuestion((question) -> Mono.just(Answer.of(Map.of("text", person.answer(question.prompt())))))
			.build();
		this.tools = AgentSocketTools.of(this.client);
		ParallelToolCalls calls = ParallelToolCalls.create();
		this.chat = ChatClient.builder(model)
			.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(calls).build())
			.defaultTools(this.tools.provider())
			.build();
	}

	/**
	 * Ask the model. Cancelling interrupts the tools that run for it.
	 * @param question the question
	 * @param listener sees what tools do meanwhile
	 * @return the answer in pieces
	 */
	Flux<String> ask(String question, RemoteToolListener listener) {
		return this.chat.prompt(question).toolContext(Map.of(AgentSocketTools.LISTENER, listener)).stream().content();
	}

	@Override
	public void close() {
		this.tools.close();
		this.client.close().block();
	}

	/**
	 * The person behind the agent.
	 */
	interface Person {

		String answer(String question);

	}

}
