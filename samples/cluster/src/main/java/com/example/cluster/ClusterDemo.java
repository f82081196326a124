package com.example.cluster;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Starts a cluster, lets things go wrong and shows that nothing is lost. Ends with status
 * 1 if something is.
 */
final class ClusterDemo {

	private ClusterDemo() {
	}

	public static void main(String[] arguments) throws Exception {
		Options options;
		try {
			options = Options.parse(arguments);
		}
		catch (IllegalArgumentException ex) {
			System.out.println(ex.getMessage());
			System.exit(2);
			return;
		}
		ProcessHandle.current().parent().ifPresent((parent) -> parent.onExit().thenRun(() -> System.exit(3)));
		LoggingSystem logging = LoggingSystem.get(ClusterDemo.class.getClassLoader());
		logging.setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.WARN);
		// Broken connections are the point of this.
		logging.setLogLevel("reactor.netty", LogLevel.OFF);
		System.out.println("Seed " + options.seed() + ", starting " + options.pods() + " pods...");
		System.exit(run(options) ? 0 : 1);
	}

	private static boolean run(Options options) throws Exception {
		try (Cluster cluster = new Cluster(options)) {
			Runtime.getRuntime().addShutdownHook(new Thread(cluster::abandon));
			Screen screen = new Screen(cluster, options);
			screen.print("%s; logs in %s", cluster.redis(), cluster.logs());
			cluster.start();
			ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor((task) -> {
				Thread thread = new Thread(task, "screen");
				thread.setDaemon(true);
				return thread;
			});
			long period = options.live() ? 250 : 5_000;
			ticker.scheduleAtFixedRate(screen::tick, period, period, TimeUnit.MILLISECONDS);
			cluster.run(screen::stroke);
			screen.stroke("no more strokes, waiting for what is open");
			Score score = cluster.finish();
			ticker.shutdownNow();
			screen.summary(score);
			boolean good = score.isGood();
			if (good) {
				cluster.removeLogs();
			}
			return good;
		}
	}

}
