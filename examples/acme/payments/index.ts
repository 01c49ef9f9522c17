// The payments team's program: one service for everybody, and one that nobody else reaches.
import { AcmeGrpcService, acme } from "@acme/platform";
import { Application, Cluster, Tenant } from "flagstone";

const app = new Application("payments", {
  platform: acme,
  // The clusters of prod are reached as the contract of the platform's stack says; in dev, by the current context of kubectl.
  environments: { dev: { clusters: Cluster.fromKubeconfig() } },
});

const release = {
  ledger:
    "registry.acme.example/payments/ledger:5.1.0@sha256:6b7c8d9e0f1a2b3c4d5fa6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7",
  vault:
    "registry.acme.example/payments/vault:3.0.4@sha256:7c8d9e0f1a2b3c4d5e6fa7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8",
} as const;

export const flagstone = app.run((environment) => {
  const payments = Tenant.fromName(environment, "payments");

  // Card numbers: for this tenant's own services, which is what is meant when nothing is said.
  const vault = new AcmeGrpcService(payments, "vault", {
    image: release.vault,
    handbook: "https://handbook.acme.example/vault",
  });
  new AcmeGrpcService(payments, "ledger", {
    image: release.ledger,
    handbook: "https://handbook.acme.example/ledger",
    visibility: "environment",
    connections: { vault },
  });
});
