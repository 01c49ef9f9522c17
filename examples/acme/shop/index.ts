// The shop team's program: it imports the company's golden path and knows little of Kubernetes.
import { AcmeGrpcService, AcmeWebService, acme } from "@acme/platform";
import { Application, Cluster, ExternalService, Field, Job, ScheduledJob, Tenant, WebService, Worker } from "flagstone";

const app = new Application("shop", {
  platform: acme,
  // The clusters of prod are reached as the contract of the platform's stack says; in dev, by the current context of kubectl.
  environments: { dev: { clusters: Cluster.fromKubeconfig() } },
  // A stack called pr-12 is another copy of this program, beside that of dev.
  previews: { from: "dev" },
});

const release = {
  frontend:
    "registry.acme.example/shop/frontend:2.8.1@sha256:5f0c2d4c1fd4a1d2b6d4d1f3b0c0a8c8a7f1f6f2c6a3d5b9e7c1d0f8a2b4c6d8",
  catalog:
    "registry.acme.example/shop/catalog:2.8.1@sha256:0b1d2e3f4a5b6c7d8e9fa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1",
  cart: "registry.acme.example/shop/cart:2.7.0@sha256:1c2d3e4f5a6b7c8d9e0fa1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2",
  checkout:
    "registry.acme.example/shop/checkout:2.8.0@sha256:2d3e4f5a6b7c8d9e0f1fa2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3",
  shipping:
    "registry.acme.example/shop/shipping:1.4.2@sha256:3e4f5a6b7c8d9e0f1a2fa3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4",
  email:
    "registry.acme.example/shop/email:1.1.9@sha256:4f5a6b7c8d9e0f1a2b3fa4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5",
  mailer:
    "registry.acme.example/shop/mailer:1.3.0@sha256:6a7b8c9d0e1f2a3b4c5fa6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7",
  proxy:
    "registry.acme.example/shop/image-proxy:0.4.1@sha256:7a8b9c0d1e2f3a4b5c6fa7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8",
  ads: "registry.acme.example/shop/ads:0.9.3@sha256:5a6b7c8d9e0f1a2b3c4fa5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
} as const;

const handbook = (page: string) => `https://handbook.acme.example/${page}` as const;

export const flagstone = app.run((environment) => {
  const shop = Tenant.fromName(environment, "shop");

  // Another team's service, declared in its own repository. It lets every tenant of the environment connect.
  const ledger = WebService.fromName(Tenant.fromName(environment, "payments"), "ledger", {
    endpoints: { grpc: { port: 50051, protocol: "grpc", visibility: "environment" } },
  });
  // Nobody else's program may call out of the cluster.
  const tracking = new ExternalService(shop, "tracking", { url: "https://api.parcels.example" });

  const catalog = new AcmeGrpcService(shop, "catalog", { image: release.catalog, handbook: handbook("catalog") });
  const cart = new AcmeGrpcService(shop, "cart", { image: release.cart, handbook: handbook("cart"), replicas: 2 });
  const shipping = new AcmeGrpcService(shop, "shipping", {
    image: release.shipping,
    handbook: handbook("shipping"),
    connections: { tracking },
  });
  const email = new AcmeWebService(shop, "email", {
    image: release.email,
    handbook: handbook("email"),
    gracePeriod: "1m",
  });
  // Once for each release, before any pod of it starts: under Pulumi, Argo CD and Flux alike.
  const migrate = new Job(shop, "migrate-orders", {
    image: release.checkout,
    args: ["migrate"],
    connections: { ledger },
  });
  const checkout = new AcmeGrpcService(shop, "checkout", {
    image: release.checkout,
    handbook: handbook("checkout"),
    connections: { cart, catalog, email, ledger, shipping },
    env: { LOG_FORMAT: "text" },
    runAfter: [migrate],
    // People wait for this one.
    scheduling: { priority: "business-critical" },
    // Reaches any field.
    transform: {
      deployment: { spec: { template: { spec: { dnsConfig: { options: [{ name: "ndots", value: "2" }] } } } } },
    },
  });
  // Nobody calls it: it looks by itself for what is to be sent.
  new Worker(shop, "mailer", {
    image: release.mailer,
    connections: { email },
    health: { exec: ["/app/mailer", "check"] },
    replicas: environment.select({ production: { min: 2, max: 10, cpu: 60 }, default: 1 }),
    files: { "/etc/mailer/settings.yaml": { yaml: { sender: "shop@acme.example", batch: 50 }, onChange: "reload" } },
    lifecycle: { preStop: { exec: ["/app/finish-batch"] } },
  });
  new ScheduledJob(shop, "abandoned-carts", {
    image: release.cart,
    args: ["remind"],
    schedule: "0 6 * * mon-fri",
    timeZone: "Europe/Berlin",
    deadline: "30m",
    connections: { cart, email },
  });
  new AcmeWebService(shop, "frontend", {
    image: release.frontend,
    handbook: handbook("frontend"),
    size: environment.select({ production: "large", default: "small" }),
    // In dev, where nothing is said, it is frontend.shop.dev.acme.example.
    endpoints: {
      http: { port: 8080, visibility: "external", hosts: environment.select({ production: ["www.acme.example"] }) },
    },
    connections: { cart, catalog, checkout },
    env: { POD_NAME: Field.podName },
    files: { "/etc/frontend/banner.txt": "Free shipping this week\n" },
    // Pictures are made smaller beside it, and kept as long as the pod lives.
    sidecars: {
      pictures: {
        image: release.proxy,
        ports: { proxy: { port: 9000 } },
        health: "/healthz",
        mounts: { "/var/cache/pictures": "pictures" },
      },
    },
    volumes: { pictures: { kind: "empty", size: "512Mi" } },
  });
  new AcmeWebService(shop, "ads", {
    image: release.ads,
    handbook: handbook("ads"),
    endpoints: { http: { port: 8080 }, admin: { port: 9090 } },
    // Advertisements are sold in Europe only.
    placement: environment.select({ production: { region: "eu-central-1" } }),
  });
});
