package com.example.benchmark.grpc;

import java.io.IOException;
import java.io.UncheckedIOException;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

/**
 * gRPC by grpc-java with generated code. The service does not block, so it runs on the
 * event loop, as its documentation advises for speed.
 *
 * @param bidirectional whether all calls of a connection are messages of one stream, else
 * each is a call of its own; tokens are a server stream in both cases
 */
public record GrpcContestant(boolean bidirectional) implements Contestant {

	@Override
	public Server serve() {
		try {
			return new GrpcServer(NettyServerBuilder.forAddress(new java.net.InetSocketAddress("127.0.0.1", 0))
				.directExecutor()
				.addService(new WorkService())
				.build()
				.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public Connection connect(int port) {
		return new GrpcConnection(port, this.bidirectional);
	}

	private record GrpcServer(io.grpc.Server server) implements Server {

		@Override
		public int port() {
			return this.server.getPort();
		}

		@Override
		public void close() {
			this.server.shutdownNow();
		}

	}

}
