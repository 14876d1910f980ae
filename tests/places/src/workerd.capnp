using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "plain", worker = (modules = .modules, compatibilityDate = .date, bindings = [(name = "COMPRESS", text = "no")])),
    (name = "compressing", worker = (modules = .modules, compatibilityDate = .date, bindings = [(name = "COMPRESS", text = "yes")])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [
    (name = "plain", address = "127.0.0.1:0", http = (), service = "plain"),
    (name = "compressing", address = "127.0.0.1:0", http = (), service = "compressing"),
  ],
);

const modules :List(Workerd.Worker.Module) = [(name = "worker", esModule = embed "../.cache/worker.mjs")];
const date :Text = "2026-11-01";
