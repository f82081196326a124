package com.example.weather;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@ExtendWith(OutputCaptureExtension.class)
class WeatherApplicationTests {

    @LocalServerPort
    int port;

    @Test
    void agentCallsBothTools(CapturedOutput output) {
        WeatherAgent.main(new String[] { "ws://localhost:" + this.port + "/agentsocket" });
        assertThat(output).contains("Weather[city=Berlin, temperature=21.5]")
            .contains("Weather[city=Berlin, temperature=21.0]")
            .contains("Weather[city=Berlin, temperature=23.0]");
    }

}
