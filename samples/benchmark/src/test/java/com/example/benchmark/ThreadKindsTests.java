package com.example.benchmark;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ThreadKindsTests {

	@Test
	void threadsOfOnePoolAreOneKind() {
		assertThat(ThreadKinds.describe(List.of("task-1", "task-12", "parallel-1", "reactor-http-epoll-2", "main",
				"boundedElastic-evictor-1", "boundedElastic-3", "GC Thread#0", "C1 CompilerThread0")))
			.isEqualTo(
					"C1 CompilerThread 1, GC Thread 1, boundedElastic 1, boundedElastic-evictor 1, main 1, parallel 1,"
							+ " reactor-http-epoll 1, task 2");
		assertThat(ThreadKinds.here()).contains("main 1");
	}

}
