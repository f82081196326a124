package com.example.weather;

import java.util.Map;

import com.example.weather.WeatherApplication.Weather;
import io.agentsocket.client.AgentSocketClient;

public class WeatherAgent {

    public static void main(String[] args) {
        String uri = (args.length > 0) ? args[0] : "ws://localhost:8080/agentsocket";
        AgentSocketClient agent = AgentSocketClient.builder(uri).build();
        Weather weather = agent.invoke("weather.current")
            .arguments(Map.of("city", "Berlin"))
            .toMono(Weather.class)
            .block();
        System.out.println(weather);
        agent.invoke("weather.forecast")
            .arguments(Map.of("city", "Berlin", "days", 3))
            .toFlux(Weather.class)
            .doOnNext(System.out::println)
            .blockLast();
        agent.close().block();
    }

}
