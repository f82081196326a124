package com.example.springai;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Offers tools, and has an agent that lets a model call them. In earnest the two are
 * different applications.
 */
@SpringBootApplication
public class SpringAiApplication {

	public static void main(String[] args) {
		SpringApplication.run(SpringAiApplication.class, args);
	}

	/** Says what is written down. With the starter of a real model this bean goes. */
	@Bean
	@ConditionalOnMissingBean
	ChatModel scriptedModel() {
		return new ScriptedChatModel();
	}

}
