package com.example.conformance.driver;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

/**
 * The control interface of the server.
 */
final class Control {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final HttpClient http = HttpClient.newHttpClient();

	private final String uri;

	Control(String uri) {
		this.uri = uri;
	}

	Map<?, ?> post(String path, Object body) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.uri + path))
			.POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
			.build();
		HttpResponse<String> response = this.http.send(request, HttpResponse.BodyHandlers.ofString());
		Map<?, ?> answer = JSON.readValue(response.body(), Map.class);
		if (response.statusCode() != 200) {
			throw new StepFailed("the server says: " + answer.get("error"));
		}
		return answer;
	}

}
