// Two tenants of one cluster that do not trust each other, and what each of them runs.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiObject } from "cdk8s";
import {
  Application,
  type Capability as AnyCapability,
  Capability,
  Cluster,
  definePlatform,
  Platform,
  Tenant,
  type TenantProps,
  WebService,
} from "flagstone";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";
import type { Identity } from "./api.ts";

export type TenantName = "red" | "blue";
export type Role = "admin" | "developer" | "viewer";

/** From where an attack is made, and whom it is aimed at. */
export interface Place {
  readonly tenant: TenantName;
  readonly namespace: string;
  readonly rival: TenantName;
  /** A namespace of the rival. */
  readonly target: string;
}

export const places: readonly Place[] = [
  { tenant: "red", namespace: "red", rival: "blue", target: "blue" },
  { tenant: "red", namespace: "red-batch", rival: "blue", target: "blue" },
  { tenant: "blue", namespace: "blue", rival: "red", target: "red-batch" },
];

/** Somebody with a role in a tenant, as the API server knows them. */
export function userOf(tenant: TenantName, role: Role): Identity & { readonly groups: readonly string[] } {
  return { user: `${tenant}-${role}`, groups: [`oidc:${tenant}-${role}s`] };
}

const share = <T extends TenantName>(tenant: T) => ({
  owners: [`group:${tenant}-admins`] as const,
  members: { developer: [`group:${tenant}-developers`], viewer: [`group:${tenant}-viewers`] } as const,
  allowed: {
    registries: [`registry.acme.example/${tenant}/`],
    hosts: { prod: [`${tenant}.example`] },
    storageClasses: [`${tenant}-disks`],
    priorityClasses: [`${tenant}-urgent`],
    triggerAuthentications: [`${tenant}-queues`],
  },
});

const capabilities: readonly AnyCapability[] = [
  Capability.gatewayApi({ gateway: "edge/public" }),
  Capability.externalSecrets({ store: "vault" }),
  Capability.keda(),
];

const acme = definePlatform("acme", {
  domain: "acme.example",
  oidc: { groupsPrefix: "oidc:" },
  environments: { prod: { tier: "staging", domain: "acme.example", clusters: { main: { capabilities } } } },
  tenants: { red: { ...share("red"), namespaces: ["red", "red-batch"] }, blue: share("blue") },
});

const environments = { prod: { clusters: Cluster.fromKubeconfig() } };

export const quota = {
  cpu: 8,
  memory: "16Gi",
  ephemeralStorage: "20Gi",
  pods: 12,
  storage: "10Gi",
  objects: { configmaps: 8 },
} satisfies TenantProps["quota"];

/** The platform team's program. */
function platformProgram(cordoned: readonly TenantName[]): Platform {
  const platform = new Platform(acme, { environments });
  platform.run((environment) => {
    for (const tenant of ["red", "blue"] as const) {
      new Tenant(environment, tenant, { quota, cordoned: cordoned.includes(tenant) });
      new ApiObject(environment, `${tenant}-urgent`, {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: `${tenant}-urgent` },
        value: 1000,
      });
    }
  });
  return platform;
}

/** An application team's program: two services of ours, one of which everybody reaches. */
function applicationProgram(tenant: TenantName): Application {
  const app = new Application(tenant, { platform: acme, environments });
  const image = `registry.acme.example/${tenant}/web:1.0.0@sha256:${"0123456789abcdef".repeat(4)}`;
  app.run((environment) => {
    const own = Tenant.fromName(environment, tenant);
    const backend = new WebService(own, "backend", { image, replicas: 2 });
    new WebService(own, "frontend", {
      image,
      replicas: { min: 2, max: 3 },
      endpoints: { http: { port: 8080, visibility: "external", hosts: [`www.${tenant}.acme.example`] } },
      connections: { backend },
      files: { "/etc/frontend/banner.txt": "Welcome\n" },
    });
  });
  return app;
}

function write(folder: string, program: Pick<Platform, "instantiate">): string {
  const draft = makeDraft(program.instantiate("prod"));
  const errors = draft.findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors, null, 2));
  for (const [path, text] of render(draft).files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Writes what the platform team delivers, and returns the folder. */
export const renderPlatform = (folder: string, ...cordoned: readonly TenantName[]): string =>
  write(folder, platformProgram(cordoned));

/** Writes what a tenant's team delivers, and returns the folder. */
export const renderApplication = (folder: string, tenant: TenantName): string =>
  write(folder, applicationProgram(tenant));
