package com.example.weather;

import com.example.weather.WeatherApplication.Weather;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.autoconfigure.AgentSocketTest;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;

@AgentSocketTest
class WeatherToolsTests {

    @Autowired
    AgentSocketTester agent;

    @Test
    void tellsTheCurrentWeather() {
        this.agent.invoke("weather.current")
            .argument("city", "Berlin")
            .expectValue(Weather.class)
            .isEqualTo(new Weather("Berlin", 21.5));
    }

    @Test
    void forecastsSomeDays() {
        this.agent.invoke("weather.forecast")
            .argument("city", "Berlin")
            .argument("days", 2)
            .expectItems(Weather.class)
            .containsExactly(new Weather("Berlin", 21), new Weather("Berlin", 22));
    }

    @Test
    void refusesMoreThanTwoWeeks() {
        this.agent.invoke("weather.forecast").argument("city", "Berlin").argument("days", 15).expectViolations("/days");
    }

}
