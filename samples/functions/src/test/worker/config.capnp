using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .function),
    # Pods and the test are on loopback, which a Worker reaches only if it is told so.
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const function :Workerd.Worker = (
  compatibilityDate = "2026-06-01",
  modules = [
    (name = "worker", esModule = embed "worker.mjs"),
    (name = "agentsocket-function", esModule = embed "../../../javascript/src/index.js"),
    (name = "agentsocket-function/detached", esModule = embed "../../../javascript/src/detached.js"),
    (name = "sample", esModule = embed "../../../worker/worker.js"),
  ],
  bindings = [(name = "AGENTSOCKET_SECRETS", fromEnvironment = "AGENTSOCKET_SECRETS")],
);
