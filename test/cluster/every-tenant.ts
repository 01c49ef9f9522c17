// A platform that says everything there is to say about one tenant, and nothing about another.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type AllowedFacts,
  Cluster,
  definePlatform,
  type KubeObject,
  Platform,
  Tenant,
  type TenantFacts,
  type TenantProps,
  type TenantQuota,
} from "flagstone";
import { makeDraft } from "../../lib/plan/make-draft.ts";
import { render } from "../../lib/render/render.ts";

const allowed = {
  registries: ["registry.acme.example/shop/", "registry.acme.example/base/debug"],
  hosts: { prod: ["shop.example", "*.shop.example", "*-shop.acme.example"] },
  storageClasses: ["kwok-volume", "fast"],
  priorityClasses: ["business-critical"],
  secretPaths: ["shop", "teams/retail/"],
  triggerAuthentications: ["aws"],
} satisfies Required<AllowedFacts<"prod">>;

const shop = {
  owners: ["group:shop-admins"],
  members: {
    admin: ["group:platform-on-call"],
    developer: ["group:shop-developers", "group:contractors"],
    viewer: ["group:auditors"],
  },
  environments: ["dev", "prod"],
  placement: { prod: { cluster: "main" } },
  namespaces: ["shop", "shop-batch"],
  allowed,
  costCenter: "4711",
  dataClass: "confidential",
  onCall: "shop-primary",
  labels: { "acme.example/unit": "retail" },
  defaults: [],
} satisfies Required<TenantFacts<"dev" | "prod">>;

export const facts = definePlatform("acme", {
  domain: "acme.example",
  oidc: { groupsPrefix: "oidc:" },
  environments: { dev: { tier: "development" }, prod: { tier: "production", domain: "acme.example" } },
  tenants: { shop, bank: { owners: ["group:bank"] } },
});

export const quota = {
  cpu: "7500m",
  memory: "40Gi",
  ephemeralStorage: "100Gi",
  pods: 20,
  gpus: 2,
  extendedResources: { "amd.com/gpu": 1, "nvidia.com/mig-1g.5gb": 4 },
  storage: "500Gi",
  storageClasses: { "kwok-volume": "100Gi", fast: "50Gi" },
  loadBalancers: 1,
  nodePorts: 1,
  objects: { services: 30, "count/ingresses.networking.k8s.io": 10, "count/deployments.apps": 25 },
} satisfies Required<TenantQuota>;

export const everyProp = {
  owners: ["group:shop-admins"],
  quota,
  podSecurity: { "shop-batch": "baseline" },
  cordoned: false,
  defaults: [],
} satisfies Required<TenantProps>;

/** The platform's program; what is said here about the tenant `shop` goes over every prop. */
export function platformOf(props: TenantProps = {}): Platform {
  const clusters = Cluster.fromKubeconfig();
  const platform = new Platform(facts, { environments: { dev: { clusters }, prod: { clusters } } });
  platform.run((environment) => {
    new Tenant(environment, "shop", { ...everyProp, ...props });
    new Tenant(environment, "bank");
  });
  return platform;
}

/** The objects of an environment. */
export function objectsOf(environment: "dev" | "prod", props?: TenantProps): readonly KubeObject[] {
  return makeDraft(platformOf(props).instantiate(environment)).objects.map(({ json }) => json);
}

/** Writes the files of `prod` below a folder. */
export function renderTo(folder: string, props?: TenantProps): void {
  const draft = makeDraft(platformOf(props).instantiate("prod"));
  const errors = draft.findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  for (const [path, text] of render(draft).files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
