package com.example.weather;

import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import reactor.core.publisher.Flux;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

@SpringBootApplication
public class WeatherApplication {

    public static void main(String[] args) {
        SpringApplication.run(WeatherApplication.class, args);
    }

    @Component
    @AgentTool("weather")
    static class WeatherTools {

        @AgentTool(description = "Current weather of a city", readOnly = true)
        Weather current(String city) {
            return new Weather(city, 21.5);
        }

        @AgentTool(description = "Weather of the days to come", readOnly = true)
        Flux<Weather> forecast(String city, @AgentParam(defaultValue = "5") @Min(1) @Max(14) int days) {
            return Flux.range(1, days).map((day) -> new Weather(city, 20 + day));
        }

    }

    record Weather(String city, double temperature) {

    }

}
