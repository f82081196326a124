package com.example.benchmark.grpc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

/**
 * gRPC by grpc-java with generated code.
 *
 * @param bidirectional whether all calls of a connection are messages of one stream, else
 * each is a call of its own; tokens are a server stream in both cases
 * @param direct whether it runs on the event loop, as its documentation advises for a
 * service that does not block; else on the executor that both ends have by default
 */
public record GrpcContestant(boolean bidirectional, boolean direct) implements Contestant {

	@Override
	public Server serve() {
		try {
			NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
				.addService(new WorkService());
			return new GrpcServer((this.direct ? builder.directExecutor() : builder).build().start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public Connection connect(int port) {
		return new GrpcConnection(port, this.bidirectional, this.direct);
	}

	@Override
	public boolean texts() {
		return true;
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
