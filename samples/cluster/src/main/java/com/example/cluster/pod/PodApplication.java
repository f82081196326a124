package com.example.cluster.pod;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;

/**
 * A pod: an ordinary application with tools. Only its launcher needs something special:
 * it ends when its standard input ends, and writes its port and what its tools do to
 * standard output.
 */
@SpringBootApplication
public class PodApplication {

	public static void main(String[] args) {
		InputStream parent = System.in;
		Thread watch = new Thread(() -> endWith(parent), "parent");
		watch.setDaemon(true);
		watch.start();
		// Standard output is for the journal.
		System.setOut(System.err);
		Journal journal = new Journal(new FileOutputStream(FileDescriptor.out));
		SpringApplication application = new SpringApplication(PodApplication.class);
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("journal", journal));
		ReactiveWebServerApplicationContext context = (ReactiveWebServerApplicationContext) application.run(args);
		journal.write("port " + context.getWebServer().getPort());
	}

	private static void endWith(InputStream parent) {
		try {
			while (parent.read() >= 0) {
				// Nothing is expected.
			}
		}
		catch (IOException ex) {
			// The parent is gone as well.
		}
		Runtime.getRuntime().halt(1);
	}

}
