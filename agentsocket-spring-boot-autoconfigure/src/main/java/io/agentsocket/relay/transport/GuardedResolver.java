package io.agentsocket.relay.transport;

import java.net.InetSocketAddress;
import java.util.List;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import reactor.netty.http.HttpResources;

/**
 * Resolves names as Reactor Netty does by default, and refuses addresses that are
 * forbidden: the address that is checked is the one that is connected to.
 */
final class GuardedResolver extends AddressResolverGroup<InetSocketAddress> {

	private final AddressRules rules;

	private final AddressResolverGroup<?> names = HttpResources.get().getOrCreateDefaultResolver();

	GuardedResolver(AddressRules rules) {
		this.rules = rules;
	}

	@Override
	@SuppressWarnings("unchecked") // the default resolves to addresses of the internet
	protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
		return new Checked(executor, (AddressResolver<InetSocketAddress>) this.names.getResolver(executor));
	}

	private final class Checked extends AbstractAddressResolver<InetSocketAddress> {

		private final AddressResolver<InetSocketAddress> names;

		Checked(EventExecutor executor, AddressResolver<InetSocketAddress> names) {
			super(executor, InetSocketAddress.class);
			this.names = names;
		}

		/** Also an address that is written as one passes through here. */
		@Override
		protected boolean doIsResolved(InetSocketAddress address) {
			return false;
		}

		@Override
		protected void doResolve(InetSocketAddress address, Promise<InetSocketAddress> promise) {
			if (!address.isUnresolved()) {
				finish(promise, address);
				return;
			}
			this.names.resolve(address).addListener((future) -> {
				if (future.isSuccess()) {
					finish(promise, (InetSocketAddress) future.getNow());
				}
				else {
					promise.tryFailure(future.cause());
				}
			});
		}

		private void finish(Promise<InetSocketAddress> promise, InetSocketAddress resolved) {
			try {
				GuardedResolver.this.rules.require(resolved.getAddress(), resolved.getPort());
				promise.trySuccess(resolved);
			}
			catch (RuntimeException ex) {
				promise.tryFailure(ex);
			}
		}

		@Override
		protected void doResolveAll(InetSocketAddress address, Promise<List<InetSocketAddress>> promise) {
			if (!address.isUnresolved()) {
				finishAll(promise, List.of(address));
				return;
			}
			this.names.resolveAll(address).addListener((future) -> {
				if (future.isSuccess()) {
					@SuppressWarnings("unchecked")
					List<InetSocketAddress> all = (List<InetSocketAddress>) future.getNow();
					finishAll(promise, all);
				}
				else {
					promise.tryFailure(future.cause());
				}
			});
		}

		private void finishAll(Promise<List<InetSocketAddress>> promise, List<InetSocketAddress> all) {
			try {
				all.forEach((each) -> GuardedResolver.this.rules.require(each.getAddress(), each.getPort()));
				promise.trySuccess(all);
			}
			catch (RuntimeException ex) {
				promise.tryFailure(ex);
			}
		}

	}

}
