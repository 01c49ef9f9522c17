// Every rule is provoked here and its text is read; a new rule without a mistake that provokes it fails this test.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomResource, output } from "@pulumi/pulumi";
import { ApiObject } from "cdk8s";
import * as kplus from "cdk8s-plus-28";
import type { Construct } from "constructs";
import {
  Application,
  Capability,
  Cluster,
  type ClusterEndpointProps,
  Component,
  type Connectable,
  connectionTo,
  defaultsFor,
  definePlatform,
  type EndpointProps,
  ExternalService,
  FlagstoneError,
  Job,
  Platform,
  Ref,
  ScheduledJob,
  Secret,
  Tenant,
  type TenantProps,
  Token,
  Trigger,
  WebService,
  type WebServiceProps,
} from "flagstone";
import { type Finding, planOf, testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { makeDraft } from "../lib/plan/make-draft";
import { render } from "../lib/render/render";
import { writeFiles } from "../lib/render/write";
import { attemptOf } from "./engine/engine";
import { acme, type AcmeEnvironment, applicationThat, brief, IMAGE, platformThat, tenantIn } from "./testing/fixtures";

type Findings = readonly Finding[] | Promise<readonly Finding[]>;
interface Mistake {
  /** Makes the mistake; what it is reported as. */
  readonly by: () => Findings;
  /** Is read in the report. */
  readonly says: string;
}

const main = Cluster.fromKubeconfig();
const gateway = Capability.gatewayApi({ gateway: "edge/public" });
const ingress = Capability.ingress({ className: "public", from: { namespace: "ingress" } });
const token = Token.asString(output("x"));
const ENDPOINT: ClusterEndpointProps = {
  server: "https://10.0.0.1:6443",
  certificateAuthority: Buffer.from("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----").toString("base64"),
  exec: { command: "aws" },
};

/** Findings about a tenant with something in it. */
const inShop = async (define: (shop: Tenant) => unknown): Promise<readonly Finding[]> => {
  const shop = tenantIn("dev");
  define(shop);
  return (await shop.plan()).findings;
};
const service = (props: object) => inShop((shop) => new WebService(shop, "web", { image: IMAGE, ...props }));
/** Findings about services with one external endpoint, on a cluster that offers this. */
const external = async (
  endpoint: object,
  capabilities: readonly Capability[] = [gateway],
  ids: readonly string[] = ["web"],
) => {
  const environments = { dev: { clusters: { main: { capabilities } } } };
  const platform = definePlatform("acme", { domain: "acme.example", environments, tenants: { shop: {} } });
  const shop = testTenant(platform, "dev", "shop");
  const http = { port: 8080, visibility: "external", hosts: ["web.shop.dev.acme.example"], ...endpoint };
  for (const id of ids) new WebService(shop, id, { image: IMAGE, endpoints: { http: http as EndpointProps } });
  return (await shop.plan()).findings;
};
/** Findings about a web service that connects to something; with another service of its tenant, and another tenant. */
const connecting = async (connect: (web: WebService, cart: WebService, bank: Tenant) => unknown) => {
  const findings = await program((environment) => {
    const shop = new Tenant(environment, "shop");
    const cart = new WebService(shop, "cart", { image: IMAGE });
    connect(new WebService(shop, "web", { image: IMAGE }), cart, new Tenant(environment, "bank"));
  });
  return findings;
};
/** Findings about a web service with one volume. */
const mounting = (volume: object) => service({ volumes: { data: { path: "/data", ...volume } } });
const object = (manifest: object, id = "x") =>
  inShop((shop) => new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap", ...manifest }));
const program = async (define: (environment: AcmeEnvironment) => unknown, environment: "dev" | "prod" = "dev") =>
  (await planOf(platformThat(define), environment)).findings;
/** What is thrown at once, because nothing can go on. */
const thrown = async (act: () => unknown): Promise<readonly Finding[]> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof FlagstoneError) return error.findings;
    throw error;
  }
  return [];
};
const facts = (given: object, name = "acme") =>
  thrown(() => definePlatform(name, { domain: "acme.example", environments: { dev: {} }, ...given }));
const reaching = async (clusters: object) => {
  const application = new Application("shop", { platform: acme, environments: { prod: { clusters } } });
  application.run((environment) => new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE }));
  return (await planOf(application, "prod")).findings;
};
/** What is said of a contract when an application is deployed on it. */
const deployedOn = async (flagstone: object | undefined) => {
  const address = "organization/acme-platform/dev";
  const platform = definePlatform("acme", {
    domain: "acme.example",
    environments: { dev: { stack: address } },
    tenants: { shop: {} },
  });
  const application = new Application("shop", { platform });
  application.run((environment) => new WebService(Tenant.fromName(environment, "shop"), "web", { image: IMAGE }));
  const good = {
    contractVersion: 1,
    kind: "platform",
    program: "acme",
    platform: "acme",
    environment: "dev",
    tenants: { shop: { namespaces: ["shop"], clusters: ["main"] } },
    clusters: { main: { kind: "kubeconfig", context: "dev" } },
  };
  const exported = (flagstone && Object.keys(flagstone).length > 0 ? { ...good, ...flagstone } : flagstone) as never;
  const stacks = { [address]: flagstone === undefined ? {} : { flagstone: exported } };
  const { error } = await attemptOf(application, "dev", { stacks });
  return error instanceof FlagstoneError ? error.findings : [];
};
/** Findings about an object of a preview. */
const inPreview = async (name: string, manifest: object = {}) => {
  const application = new Application("shop", {
    platform: acme,
    environments: { dev: { clusters: main } },
    previews: { from: "dev" },
  });
  application.run((environment) => {
    const shop = Tenant.fromName(environment, "shop");
    new ApiObject(shop, "x", { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...manifest });
  });
  return (await planOf(application, { preview: "pr-12" })).findings;
};
const intoFolder = (prepare: (out: string) => unknown) =>
  thrown(async () => {
    const out = mkdtempSync(join(tmpdir(), "errors-"));
    try {
      await prepare(out);
      await writeFiles(out, "shop", new Map([["dev", new Map([["a.yaml", "a"]])]]), (name) => name === "dev");
    } finally {
      rmSync(out, { recursive: true });
    }
  });

class Group extends Component {}
class Thing extends CustomResource {}
class Store extends Component {
  public constructor(scope: Construct, id: string, create: () => never, ...more: readonly string[]) {
    super(scope, id);
    for (const name of ["Thing", ...more]) this.cloud(name, create);
  }
}
const never = () => expect.unreachable();

const UNKNOWN_CASE: object = { live: 1 };

/** Findings about a platform's tenant. */
const tenant = (props: object) => program((environment) => new Tenant(environment, "shop", props));
/** Findings about a web service of a tenant that may run only its own images. */
const bounded = async (props: object) => {
  const shop = {
    owners: ["group:shop"],
    allowed: { registries: ["registry.acme.example/shop/"], storageClasses: ["slow"] },
  } as const;
  const facts = definePlatform("acme", {
    domain: "acme.example",
    environments: { dev: {} },
    tenants: { shop },
  });
  const scope = testTenant(facts, "dev", "shop");
  new WebService(scope, "web", { image: IMAGE, ...props });
  return (await scope.plan()).findings;
};

/** Findings about a web service on a cluster that offers this, by default KEDA. */
const scaled = async (
  props: object,
  capabilities: readonly Capability[] = [Capability.keda()],
  tier: "development" | "production" = "development",
) => {
  const environments = { dev: { tier, clusters: { main: { capabilities } } } };
  const platform = definePlatform("acme", { domain: "acme.example", environments, tenants: { shop: {} } });
  const shop = testTenant(platform, "dev", "shop");
  new WebService(shop, "web", { image: IMAGE, ...props });
  return (await shop.plan()).findings;
};
const lunch = Trigger.cron({ start: "0 11 * * *", end: "0 14 * * *", replicas: 2 });
const awake = { from: "07:00", to: "20:00" };

/** Findings about a job that runs at set times. */
const scheduled = (props: object) =>
  inShop((shop) => new ScheduledJob(shop, "dunning", { image: IMAGE, schedule: "@daily", ...props }));
/** Findings about a service of a tenant with two clusters that waits for a job. */
const waiting = (job: (shop: Tenant, bank: Tenant) => unknown) =>
  program((environment) => {
    const shop = new Tenant(environment, "shop");
    new WebService(shop, "web", { image: IMAGE, runAfter: [job(shop, new Tenant(environment, "bank"))] as Job[] });
  }, "prod");
/** Findings about a service that waits for a job, where a GitOps controller applies what has no outputs. */
const waitingForOutput = async () => {
  const environments = { dev: { clusters: main, delivery: "flux" } } as const;
  const gitOps = new Application("shop", { platform: acme, environments });
  gitOps.run((environment) => {
    const shop = Tenant.fromName(environment, "shop");
    const migrate = new Job(shop, "migrate", { image: IMAGE, podAnnotations: { a: token } });
    new WebService(shop, "web", { image: IMAGE, runAfter: [migrate] });
  });
  return (await planOf(gitOps, "dev")).findings;
};
/** Findings about a secret on a cluster that has a store, and one that has none; and about a service that uses it. */
const secret = async (props: object, use: object = {}) => {
  const eu = { capabilities: [Capability.externalSecrets({ store: "vault" })] };
  const environments = { prod: { clusters: { eu, us: {} } } };
  const namespaces = ["shop", "shop-batch"] as const;
  const tenants = { shop: { owners: ["group:shop"], namespaces } } as const;
  const platform = definePlatform("acme", { domain: "acme.example", environments, tenants });
  const shop = testTenant(platform, "prod", "shop");
  const stripe = new Secret(shop, "stripe", {
    path: "shop/stripe",
    keys: ["a"],
    placement: { cluster: "eu" },
    ...props,
  });
  new WebService(shop, "web", { image: IMAGE, placement: { cluster: "eu" }, connections: { stripe }, ...use });
  return (await shop.plan()).findings;
};

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "access/group": {
    by: () => tenant({ owners: ["group:shop", "shop"] }),
    says: 'owners has "shop", which is no group',
  },
  "access/groups-prefix": {
    by: () => facts({ oidc: { groupsPrefix: "system:" } }),
    says: 'oidc.groupsPrefix "system:" cannot stand before the names of groups',
  },
  "access/system-group": {
    by: () => facts({ tenants: { shop: { members: { admin: ["group:system:masters"] } } } }),
    says: 'tenants.shop.members.admin has "group:system:masters"',
  },
  "cloud/collision": {
    by: () => inShop((shop) => [new Store(shop, "a", never), new Store(new Group(shop, "g"), "a", never)]),
    says: '"shop-a-Thing" is declared by dev/shop/a and dev/shop/g/a',
  },
  "cloud/default-provider": {
    by: () => inShop((shop) => new Group(shop, "g").cloud("Thing", (name) => new Thing("acme:index:Thing", name, {}))),
    says: "makes a acme:index:Thing that would use the default provider",
  },
  "cloud/duplicate": {
    by: () => inShop((shop) => new Store(shop, "a", never, "Thing")),
    says: 'cloud("Thing", …) is declared twice',
  },
  "cloud/no-resource": {
    by: () => inShop((shop) => new Store(shop, "a", (() => ({})) as () => never)),
    says: 'cloud("Thing", …) returned no Pulumi resource',
  },
  "cloud/threw": {
    by: () =>
      inShop(
        (shop) =>
          new Store(shop, "a", () => {
            throw new Error("no quota");
          }),
      ),
    says: 'cloud("Thing", …) threw: no quota',
  },
  "cluster/endpoint": {
    by: () => reaching({ eu: main, us: Cluster.fromEndpoint({ ...ENDPOINT, server: "10.0.0.1" }) }),
    says: 'cluster "us": server "10.0.0.1" is no URL of an API server',
  },
  "cluster/missing": { by: () => reaching({ eu: main }), says: 'cluster "us" of environment "prod" is not given' },
  "cluster/secret": {
    by: () =>
      reaching({
        eu: main,
        us: Cluster.fromEndpoint({ ...ENDPOINT, exec: { command: "login", args: ["--token", "x"] } }),
      }),
    says: 'cluster "us": exec.args has --token, and how a cluster is reached stands in the contract',
  },
  "cluster/unknown": { by: () => reaching({ eu: main, us: main, uk: main }), says: 'cluster "uk" is not in the facts' },
  "compute/amount": { by: () => service({ memory: "1GB" }), says: 'memory "1GB" is not an amount of memory' },
  "compute/default-limit": {
    by: () => service({ memory: { request: "1Gi", limit: "none" } }),
    says: "memory.request 1Gi without a limit gets the limit 512Mi of the tenant's LimitRange",
  },
  "compute/limit-below-request": {
    by: () => service({ cpu: { request: 2, limit: 1 } }),
    says: "cpu.limit 1 is below cpu.request 2",
  },
  "compute/size": { by: () => service({ size: "huge" }), says: 'size "huge" does not exist' },
  "connections/duplicate": {
    by: () => connecting((web, cart) => [1, 2].forEach(() => web.connect({ cart }))),
    says: 'connection "cart" is declared twice',
  },
  "connections/invalid": {
    by: () => connecting((web) => web.connect({ cart: "http://cart" as never })),
    says: 'connection "cart" is "http://cart", which nothing connects to',
  },
  "connections/missing": {
    by: () =>
      program((environment) => {
        const shop = new Tenant(environment, "shop");
        new WebService(shop, "cart", { image: IMAGE });
        new WebService(shop, "web", { image: IMAGE, env: { CART_ADDR: "cart:8080" } });
      }),
    says: 'env.CART_ADDR is an address of "dev/shop/cart", which it is not connected to',
  },
  "connections/name": {
    by: () => connecting((web, cart) => web.connect({ "1st": cart })),
    says: 'connection "1st" cannot name variables',
  },
  "connections/not-visible": {
    by: () => connecting((web, _, bank) => web.connect({ vault: WebService.fromName(bank, "vault") })),
    says: 'endpoint "http" of "vault" is visible to its tenant "bank" only, and this is tenant "shop"',
  },
  "connections/other-cluster": {
    by: () =>
      program((environment) => {
        const shop = new Tenant(environment, "shop");
        const cart = new WebService(shop, "cart", { image: IMAGE, placement: { cluster: "eu" } });
        new WebService(shop, "web", { image: IMAGE, connections: { cart } });
      }, "prod"),
    says: 'endpoint "http" of "cart" does not run on cluster "us"',
  },
  "connections/other-environment": {
    by: () => connecting((web) => web.connect({ cart: new WebService(tenantIn("prod"), "cart", { image: IMAGE }) })),
    says: 'endpoint "http" of "cart" is in environment "prod"',
  },
  "connections/public-egress": {
    by: () =>
      connecting((web, _, bank) =>
        web.connect({ api: new ExternalService(bank, "api", { url: "https://api.example" }) }),
      ),
    says: "to reach api.example:443, that port of every public address is open",
  },
  "connections/no-address": {
    by: () =>
      connecting((web) => {
        const peers = [{ kind: "addresses", cidrs: [] as string[] as [string], port: 5432 }] as const;
        const target = { kind: "resource", id: "db", reach: () => ({ coordinates: {}, peers, problems: [] }) } as const;
        web.connect({ db: connectionTo({ coordinates: {}, target, connection: () => web as never }, {}) });
      }),
    says: 'connection "db": none of its addresses is known, so its port 5432 stays closed',
  },
  "connections/several": {
    by: () =>
      connecting((web, _, bank) =>
        web.connect({
          x: new WebService(bank, "x", { image: IMAGE, endpoints: { a: { port: 1 }, b: { port: 2 } } }) as never,
        }),
      ),
    says: '"dev/bank/x" has several endpoints (a, b)',
  },
  "connections/variable": {
    by: () => connecting((web, cart) => web.connect({ cart, Cart: cart })),
    says: 'connections "Cart" and "cart" both make CART_URL, CART_HOST, CART_PORT',
  },
  "connections/variables": {
    by: () => connecting((web, cart) => web.connect({ cart: cart.connection({ env: () => ({ "a=b": "x" }) }) })),
    says: 'connection "cart": env makes a variable "a=b", which cannot be one',
  },
  "construct/invalid": {
    by: () => inShop((shop) => new Group(shop, "g").node.addValidation({ validate: () => ["is not round"] })),
    says: "is not round",
  },
  "construct/threw": {
    by: () =>
      inShop((shop) => {
        class Broken extends Component {
          protected override objectsIn(): void {
            throw new Error("no route");
          }
        }
        new Broken(shop, "broken");
      }),
    says: "making its objects failed: no route",
  },
  "configuration/reloader": {
    by: () => service({ env: { A: Ref.secretKey({ name: "s", key: "k", onChange: "restart" }) } }),
    says: 'pods are to be replaced when "s" changes, and cluster "main" has nothing that does it',
  },
  "containers/after": {
    by: () => service({ init: { a: { after: { b: "complete" } } } }),
    says: 'init.a.after has "b", which is no init container or sidecar',
  },
  "containers/cycle": {
    by: () => service({ init: { a: { after: { b: "complete" } }, b: { after: { a: "complete" } } } }),
    says: 'containers "a", "b" wait for each other',
  },
  "containers/image": { by: () => service({ sidecars: { a: {} } }), says: "sidecars.a has no image" },
  "containers/name": {
    by: () => service({ init: { "1": {}, "0": {} } }),
    says: "init.0 has a name of digits only, which JavaScript puts before all others",
  },
  "containers/readiness": {
    by: () => service({ init: { a: {}, b: { after: { a: "started" } } } }),
    says: 'init.b.after.a is "started", and an init container runs to its end first',
  },
  "containers/taken": {
    by: () => service({ init: { web: {} } }),
    says: "init.web has the name of the workload's own container",
  },
  "contract/cluster": { by: () => deployedOn({ clusters: {} }), says: 'knows no cluster "main" yet' },
  "contract/environment": {
    by: () => deployedOn({ environment: "prod" }),
    says: 'deploys environment "prod", and this program needs "dev"',
  },
  "contract/kind": {
    by: () => deployedOn({ kind: "application", program: "blog" }),
    says: `is not the platform's, but that of application "blog"`,
  },
  "contract/missing": { by: () => deployedOn(undefined), says: 'exports no "flagstone"' },
  "contract/namespace": {
    by: () => deployedOn({ tenants: { shop: { namespaces: ["other"], clusters: ["main"] } } }),
    says: 'has not created namespace "shop" of tenant "shop" yet',
  },
  "contract/platform": {
    by: () => deployedOn({ platform: "globex" }),
    says: 'is of platform "globex", and this program is for platform "acme"',
  },
  "contract/secret": { by: () => deployedOn({}), says: "because it is secret and this stack cannot decrypt it" },
  "contract/tenant": { by: () => deployedOn({ tenants: {} }), says: 'has not created tenant "shop" yet' },
  "contract/version": { by: () => deployedOn({ contractVersion: 2 }), says: "has version 2" },
  "defaults/two-copies": {
    by: async () => {
      const copy = { WebService: class WebService extends Component {} }.WebService;
      const platform = definePlatform("copies", {
        domain: "copies.example",
        environments: { dev: {} },
        tenants: { shop: {} },
        defaults: [defaultsFor(copy, {})],
      });
      const shop = testTenant(platform, "dev", "shop");
      new WebService(shop, "web", { image: IMAGE });
      return (await shop.plan()).findings;
    },
    says: "the platform's defaults for WebService do not reach this construct",
  },
  "defaults/unused": {
    by: () => program((environment) => new Tenant(environment, "shop", { defaults: [defaultsFor(WebService, {})] })),
    says: "the tenant's defaults for WebService reach no construct",
  },
  "dependencies/cycle": {
    by: () =>
      inShop((shop) => {
        const [a, b] = ["a", "b"].map((id) => new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap" }));
        a!.addDependency(b!);
        b!.addDependency(a!);
      }),
    says: "depends on itself: dev/shop/a → dev/shop/b → dev/shop/a",
  },
  "dependencies/invalid": {
    by: () => inShop((shop) => new Group(shop, "g").node.addDependency("migrate")),
    says: "migrate does not implement IDependable",
  },
  "dependencies/other-environment": {
    by: () => inShop((shop) => new Group(shop, "g").node.addDependency(tenantIn("prod"))),
    says: "waits for prod/shop, which was made in another call of the function that run() was given",
  },
  "disruption-budget/blocks": {
    by: () => service({ disruptionBudget: { minAvailable: 1 } }),
    says: 'disruptionBudget {"minAvailable":1} never lets go of one of 1 pods',
  },
  "endpoints/name": {
    by: () => service({ endpoints: { HTTP: { port: 80 } } }),
    says: 'name "HTTP" cannot name a port',
  },
  "endpoints/none": { by: () => service({ endpoints: {} }), says: "without an endpoint cannot be reached" },
  "endpoints/port": { by: () => service({ endpoints: { a: { port: 0 } } }), says: "endpoints.a.port 0 is not a port" },
  "endpoints/port-taken": {
    by: () => service({ endpoints: { a: { port: 80 }, b: { port: 80, servicePort: 81 } } }),
    says: 'endpoints "a" and "b" both take port 80/TCP',
  },
  "endpoints/protocol": {
    by: () => service({ endpoints: { a: { port: 80, protocol: "htp" } } }),
    says: 'endpoints.a.protocol "htp" is not known',
  },
  "endpoints/visibility": {
    by: () => service({ endpoints: { a: { port: 80, visibility: "public" } } }),
    says: 'endpoints.a.visibility "public" is not known',
  },
  "entry/claimed": {
    by: () => external({}, [gateway], ["web", "other"]),
    says: 'host "web.shop.dev.acme.example" and path "/" of cluster "main" are claimed by dev/shop/other/@main/entry and',
  },
  "entry/gateway-certificate": {
    by: () => external({ tls: { secret: "bought" } }),
    says: "endpoints.http.tls names a Secret, and on",
  },
  "entry/grpc-by-ingress": {
    by: () => external({ protocol: "grpc" }, [ingress]),
    says: "endpoints.http speaks gRPC, and whether the Ingress of",
  },
  "entry/header": { by: () => external({ requestHeaders: { remove: ["a b"] } }), says: 'has a header "a b"' },
  "entry/host": {
    by: () => external({ hosts: ["A"] }),
    says: 'endpoints.http.hosts has "A", which is not a host name',
  },
  "entry/no-capability": { by: () => external({}, []), says: "offers neither Gateway API nor an Ingress controller" },
  "entry/no-certificate": { by: () => external({}, [ingress]), says: "endpoints.http has no certificate on" },
  "entry/not-in-ingress": {
    by: () => external({ timeout: "30s" }, [ingress]),
    says: "endpoints.http.timeout is not possible on",
  },
  "entry/path": {
    by: () => external({ paths: ["a"] }),
    says: 'path "a" of endpoints.http.paths does not start with a',
  },
  "entry/protocol": { by: () => external({ protocol: "tcp" }), says: "endpoints.http is external and speaks tcp" },
  "entry/redirect": {
    by: () => external({ redirects: { "/a": "b" } }),
    says: 'endpoints.http.redirects sends "/a" to "b", which is no path and no URL',
  },
  "entry/tls": { by: () => external({ tls: true }, [ingress]), says: "endpoints.http.tls true names no Secret" },
  "entry/too-many": {
    by: () => external({ paths: Array.from({ length: 65 }, (_, i) => `/${i}`) }),
    says: "endpoints.http.paths has 65 entries, and Gateway API takes at most 64",
  },
  "env/name": { by: () => service({ env: { "1A": "x" } }), says: 'env has a variable "1A"' },
  "env/source": { by: () => service({ envFrom: [{}] }), says: "envFrom.0 names neither a secret nor a config" },
  "env/reference": { by: () => service({ env: { A: "$(HOTS)" } }), says: "env.A names $(HOTS)" },
  "env/cycle": { by: () => service({ env: { A: "$(B)", B: "$(A)" } }), says: 'variables "A", "B" name each other' },
  "env/value": { by: () => service({ env: { A: [] } }), says: "env.A is [], which is no value" },
  "environment/unknown": {
    by: () =>
      thrown(() => new Application("a", { platform: acme, environments: { live: { clusters: main } } as object })),
    says: 'environment "live" is not in the facts of platform "acme"',
  },
  "external/cidr": {
    by: () => inShop((shop) => new ExternalService(shop, "x", { url: "https://x.example", cidrs: ["10.0.0.0"] })),
    says: 'cidrs has "10.0.0.0", which is no range of addresses',
  },
  "external/in-cluster": {
    by: () => inShop((shop) => new ExternalService(shop, "x", { url: "http://prometheus.monitoring.svc:9090" })),
    says: 'url leads to "prometheus.monitoring.svc", a Service of the cluster itself',
  },
  "external/link-local": {
    by: () => inShop((shop) => new ExternalService(shop, "x", { url: "http://169.254.169.254" })),
    says: 'url has the address "169.254.169.254/32", where a cloud tells nodes their credentials',
  },
  "external/pods": {
    by: () =>
      inShop((shop) => {
        const pods = { namespace: "monitoring", labels: {} };
        return new ExternalService(shop, "x", { url: "http://prometheus.monitoring.svc:9090", pods });
      }),
    says: "pods.labels is empty: every pod of the namespace would be open",
  },
  "external/private-name": {
    by: () =>
      connecting((web, _, bank) =>
        web.connect({ api: new ExternalService(bank, "api", { url: "https://api.acme.internal" }) }),
      ),
    says: 'url leads to "api.acme.internal", a private name, and policies of cluster "main" know no host names',
  },
  "external/wide": {
    by: () => inShop((shop) => new ExternalService(shop, "x", { url: "https://x.example", cidrs: ["0.0.0.0/0"] })),
    says: 'cidrs has "0.0.0.0/0", which holds private addresses too',
  },
  "external/url": {
    by: () => inShop((shop) => new ExternalService(shop, "x", { url: "tcp://x.example" })),
    says: 'url "tcp://x.example" is not where a service answers',
  },
  "facts/allowed": {
    by: () => facts({ tenants: { shop: { allowed: { registries: ["https://registry.acme.example"] } } } }),
    says: 'tenants.shop.allowed.registries has "https://registry.acme.example"',
  },
  "facts/capability": {
    by: () => {
      const capabilities = [Capability.cilium(), Capability.cilium()];
      return facts({ environments: { dev: { clusters: { main: { capabilities } } } } });
    },
    says: 'environments.dev.clusters.main.capabilities has "cilium" twice',
  },
  "facts/dns": {
    by: () => facts({ environments: { dev: { clusters: { main: { dns: [{ cidrs: ["169.254.20.10"] }] } } } } }),
    says: 'environments.dev.clusters.main.dns[0].cidrs has "169.254.20.10", which is no range of addresses',
  },
  "facts/domain": { by: () => facts({ domain: "a b" }), says: 'domain "a b" is not a DNS domain' },
  "facts/namespace": {
    by: () => facts({ tenants: { a: {}, b: { namespaces: ["a"] } } }),
    says: 'namespace "a" belongs to tenant "a" and to tenant "b"',
  },
  "facts/no-environment": { by: () => facts({ environments: {} }), says: "the platform has no environment" },
  "facts/size": {
    by: () => facts({ sizes: { small: { cpu: "1 core", memory: "1Gi" } } }),
    says: 'sizes.small.cpu "1 core" is not an amount of cpu above zero',
  },
  "facts/stack": {
    by: () => facts({ environments: { dev: { stack: "dev" } } }),
    says: 'environments.dev.stack "dev" is not the address of a stack',
  },
  "facts/system-namespace": {
    by: () => facts({ tenants: { "kube-system": {} } }),
    says: 'tenant "kube-system" has namespace "kube-system", which belongs to Kubernetes itself',
  },
  "facts/tenant-domain": {
    by: () => facts({ environments: { dev: {}, prod: { domain: "acme.example" } }, tenants: { dev: {} } }),
    says: 'tenant "dev" would serve all of dev.acme.example in environment "prod"',
  },
  "facts/tier": { by: () => facts({ tiers: { staging: { like: "staging" } } }), says: 'tier "staging" is built in' },
  "facts/unknown-name": {
    by: () => facts({ environments: { dev: { tier: "gold" } } }),
    says: 'environments.dev.tier names "gold", which does not exist',
  },
  "files/data": { by: () => service({ files: { "/a": { toml: [] } } }), says: 'file "/a": toml [] has no keys' },
  "files/inside": {
    by: () => service({ files: { "/a": { json: { b: Ref.secretKey({ name: "s", key: "k" }) } } } }),
    says: 'file "/a": json.b is key "k" of Secret "s"',
  },
  "files/size": {
    by: () => service({ files: { "/a": "x".repeat(2 ** 20), "/b": "é" } }),
    says: 'the ConfigMap "web-files" would hold 1048578 bytes',
  },
  "files/key": { by: () => service({ files: { "/a/b": "", "/a_b": "" } }), says: "would be one key of a ConfigMap" },
  "files/mode": {
    by: () => service({ files: { "/a": { text: "", mode: "777" } } }),
    says: 'mode "777" of file "/a" is not a file mode',
  },
  "files/on-change": {
    by: () => service({ files: { "/a": { text: "", onChange: "none" } } }),
    says: 'onChange "none" of file "/a" is not known',
  },
  "files/path": { by: () => service({ files: { "a b": "" } }), says: 'files has a path "a b"' },
  "files/pod-field": {
    by: async () => service({ files: { "/a": (await import("flagstone")).Field.podIp } }),
    says: 'file "/a" is a field of the pod',
  },
  "files/reload": {
    by: () => service({ files: { "/a/b": { text: "", onChange: "reload" }, "/a/c": "" } }),
    says: 'file "/a/b" is to follow changes, and "/a/c" is in its folder, too',
  },
  "files/value": { by: () => service({ files: { "/a": 1 } }), says: 'file "/a" is 1, which is no text' },
  "health/endpoint": {
    by: () => service({ health: { tcp: true, endpoint: "admin" } }),
    says: 'endpoint "admin" is not an endpoint that can be probed',
  },
  "health/failures": { by: () => service({ health: { tcp: true, failures: 0 } }), says: "failures 0 is not a number" },
  "health/misplaced": {
    by: () => service({ health: { readiness: "/ready", failures: 10 } }),
    says: 'health has "failures" beside "readiness"',
  },
  "http/header": {
    by: () => service({ health: { http: "/", headers: { "Bad Header": "a" } } }),
    says: 'headers has "Bad Header": "a", which is no header',
  },
  "http/scheme": {
    by: () => service({ lifecycle: { preStop: { http: "/", scheme: "tls" } } }),
    says: 'lifecycle.preStop.scheme "tls" is not known',
  },
  "health/successes": {
    by: () => service({ health: { liveness: { tcp: true, successes: 2 } } }),
    says: "health.liveness.successes 2 is above 1, which readiness alone takes",
  },
  "health/unknown": { by: () => service({ health: "up" }), says: 'health.readiness "up" is not a probe' },
  "host/not-allowed": {
    by: () => external({ hosts: ["www.example.com"] }),
    says: 'endpoints.http.hosts has "www.example.com", which is not the tenant\'s to serve',
  },
  "image/invalid": { by: () => service({ image: "A:b" }), says: 'image "A:b" is not an image reference' },
  "image/mutable": { by: () => service({ image: "web:latest" }), says: 'image "web:latest" is tagged latest' },
  "image/not-allowed": {
    by: () => bounded({ image: "docker.io/web:1" }),
    says: 'image "docker.io/web:1" is not from where the tenant takes its images',
  },
  "image/no-digest": {
    by: async () => {
      const shop = tenantIn("prod");
      new WebService(shop, "web", { image: "web:1" });
      return (await shop.plan()).findings;
    },
    says: 'image "web:1" is pinned by a tag',
  },
  "annotations/size": {
    by: () => service({ podAnnotations: { a: "x".repeat(2 ** 18) } }),
    says: "podAnnotations has 262145 bytes, and the API server takes 262144",
  },
  "annotations/invalid": {
    by: () => service({ podAnnotations: { "a b": "c" } }),
    says: 'podAnnotations has "a b": "c"',
  },
  "containers/command": {
    by: () => service({ command: [1] as never }),
    says: "command [1] is not a list of words",
  },
  "jobs/count": { by: () => scheduled({ retries: -1 }), says: "retries -1 is not possible" },
  "jobs/overlap": { by: () => scheduled({ overlap: "never" }), says: 'overlap "never" is not known' },
  "jobs/start-within": { by: () => scheduled({ startWithin: "1s" }), says: 'startWithin "1s" may leave out every run' },
  "jobs/suspended": { by: () => scheduled({ suspended: "yes" }), says: 'suspended "yes" is not possible' },
  "health/none": {
    by: () => service({ endpoints: { log: { port: 514, protocol: "udp" } } }),
    says: "nobody can tell whether it works",
  },
  "image/pull-secret": {
    by: () => service({ imagePullSecrets: ["A b"] }),
    says: 'imagePullSecrets ["A b"] are not names of Secrets',
  },
  "files/optional": {
    by: () => service({ files: { "/a": Ref.secretKey({ name: "a", key: "b", optional: true }) } }),
    says: 'file "/a" is an optional key',
  },
  "labels/invalid-key": { by: () => service({ labels: { "a b": "c" } }), says: 'label key "a b"' },
  "labels/invalid-value": { by: () => service({ labels: { a: "b c" } }), says: 'value "b c" of label "a"' },
  "labels/reserved": {
    by: () => service({ labels: { "app.kubernetes.io/name": "x" } }),
    says: 'label "app.kubernetes.io/name" is set by Flagstone',
  },
  "lifecycle/endpoint": {
    by: () => service({ lifecycle: { preStop: { http: "/", endpoint: "admin" } } }),
    says: 'lifecycle.preStop.endpoint "admin" is not an endpoint that can be asked',
  },
  "lifecycle/hook": {
    by: () => service({ lifecycle: { preStop: true } }),
    says: "lifecycle.preStop true is not a hook",
  },
  "lifecycle/sleep": {
    by: () => service({ lifecycle: { postStart: { sleep: "1h" } } }),
    says: "lifecycle sleeps for 3600 seconds, and the pod is killed 35 seconds after",
  },
  "names/collision": {
    by: () =>
      inShop((shop) => {
        for (const id of ["a", "b"])
          new ApiObject(shop, id, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } });
      }),
    says: 'ConfigMap "x" in namespace "shop" of cluster "main" is declared by dev/shop/a and dev/shop/b',
  },
  "names/duplicate": {
    by: () =>
      inShop((shop) => {
        new WebService(shop, "web", { image: IMAGE });
        new Job(shop, "web", { image: IMAGE });
      }),
    says: 'this Job has the id "web", as WebService dev/shop/web has it already',
  },
  "names/reserved": {
    by: () => inShop((shop) => new WebService(shop, "allow-dns", { image: IMAGE })),
    says: 'workload name "allow-dns" is that of a NetworkPolicy which the tenant has itself',
  },
  "mounts/collision": {
    by: () => mounting({ kind: "empty", path: "/tmp" }),
    says: 'the room for temporary files and volume "data" are both to be at /tmp',
  },
  "names/invalid": {
    by: () => inShop((shop) => new WebService(shop, "Web", { image: IMAGE })),
    says: 'workload name "Web" is not a DNS label',
  },
  "names/service": {
    by: () => inShop((shop) => new WebService(shop, "1web", { image: IMAGE })),
    says: 'workload name "1web" begins with a digit',
  },
  "namespace/foreign": {
    by: () => service({ namespace: "bank" }),
    says: 'namespace "bank" is not one of tenant "shop"',
  },
  "namespace/missing": {
    by: () => program((environment) => new ApiObject(environment, "a", { apiVersion: "v1", kind: "ConfigMap" })),
    says: 'ConfigMap "a" has no namespace',
  },
  "object/invalid": { by: () => object({ data: { at: new Map() } }), says: "Map" },
  "placement/nowhere": {
    by: () => service({ placement: { cluster: "asia" } }),
    says: 'placement {"cluster":"asia"} fits no cluster of the tenant',
  },
  "pod-security/level": {
    by: () => tenant({ podSecurity: { shop: "strict" } }),
    says: 'podSecurity["shop"] "strict" is not known',
  },
  "pod-security/namespace": {
    by: () => tenant({ podSecurity: { bank: "baseline" } }),
    says: 'podSecurity["bank"] is about no namespace of the tenant',
  },
  "pod-security/privileged": {
    by: () => tenant({ podSecurity: { shop: "privileged" } }),
    says: 'pods in namespace "shop" may be privileged',
  },
  "pods/count": {
    by: () => service({ rollout: { strategy: "rolling", maxSurge: "x" } }),
    says: 'rollout.maxSurge "x" is not a number of pods',
  },
  "ports/name": {
    by: () => service({ sidecars: { a: { image: IMAGE, ports: { A: { port: 1 } } } } }),
    says: 'sidecars.a: port name "A" cannot name a port',
  },
  "ports/port": {
    by: () => service({ sidecars: { a: { image: IMAGE, ports: { b: { port: -1 } } } } }),
    says: "sidecars.a: ports.b.port -1 is not a port",
  },
  "ports/protocol": {
    by: () => service({ sidecars: { a: { image: IMAGE, ports: { b: { port: 1, protocol: "udq" } } } } }),
    says: 'sidecars.a: ports.b.protocol "udq" is not known',
  },
  "ports/taken": {
    by: () => service({ sidecars: { a: { image: IMAGE, ports: { http: { port: 1 } } } } }),
    says: 'sidecars.a.ports.http has the name "http", which the workload\'s own container has, too',
  },
  "previews/from": {
    by: () => thrown(() => new Application("shop", { platform: acme, environments: {}, previews: { from: "dev" } })),
    says: 'previews are made from "dev", in which the application does not run',
  },
  "previews/host": {
    by: () =>
      inPreview("web-pr-12", {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        spec: { rules: [{ host: "acme.example", http: { paths: [{ path: "/" }] } }] },
      }),
    says: 'Ingress "web-pr-12" of preview "pr-12" serves host "acme.example", as "dev" may',
  },
  "previews/name": { by: () => inPreview("settings"), says: 'does not have the name of preview "pr-12" in its own' },
  "program/async": { by: () => program(async () => undefined), says: "is asynchronous" },
  "program/empty": { by: () => program(() => undefined), says: "declares nothing in this environment" },
  "awake/invalid": {
    by: () => scaled({ awake: { ...awake, to: "25:00" } }),
    says: 'awake.to "25:00" is not possible',
  },
  "awake/keda": {
    by: () => scaled({ awake }, []),
    says: 'awake changes nothing in cluster "main", without KEDA',
  },
  "awake/production": {
    by: () => scaled({ awake }, undefined, "production"),
    says: 'awake lets pods sleep in environment "dev", whose tier "production" is like production',
  },
  "awake/triggers": {
    by: () => scaled({ awake, replicas: { min: 1, max: 2, triggers: { it: lunch } } }),
    says: "replicas.triggers would start pods outside of awake",
  },
  "disruption-budget/both": {
    by: () => service({ disruptionBudget: {} }),
    says: "disruptionBudget {} says not exactly one of minAvailable and maxUnavailable",
  },
  "program/threw": {
    by: () =>
      program(() => {
        throw new Error("oops");
      }),
    says: "the program threw: oops",
  },
  "props/list": {
    by: () => service({ envFrom: "settings" }),
    says: 'envFrom is "settings", and not a list',
  },
  "props/output": {
    by: () => service({ env: output({ LEVEL: "info" }) }),
    says: "env is an output, which is known only after deployment",
  },
  "props/record": { by: () => service({ env: new Map([["LEVEL", "info"]]) }), says: "env is a Map" },
  "props/unknown": { by: () => service({ imgae: "web" }), says: 'unknown property "imgae"' },
  "quota/amount": { by: () => tenant({ quota: { memory: "40GB" } }), says: 'quota.memory "40GB" is not an amount' },
  "quota/name": {
    by: () => tenant({ quota: { objects: { deployments: 3 } } }),
    says: 'quota.objects["deployments"] is not something that a quota counts',
  },
  "render/foreign-file": {
    by: () => intoFolder((out) => writeFileSync(join(out, "a.yaml"), "by hand")),
    says: "file a.yaml exists, and was not written by this program",
  },
  "render/two-programs": {
    by: () =>
      intoFolder((out) =>
        writeFiles(out, "acme", new Map([["dev", new Map([["a.yaml", "a"]])]]), (name) => name === "dev"),
      ),
    says: 'file a.yaml is rendered by program "acme" too',
  },
  "metric/invalid": {
    by: () => service({ replicas: { min: 1, max: 2, metrics: { age: { kind: "pods", average: 0 } } } }),
    says: "replicas.metrics.age.average 0 is not an amount above zero",
  },
  "replicas/keda": {
    by: () => scaled({ replicas: { min: 0, max: 2, triggers: { it: lunch } } }, []),
    says: 'replicas.triggers needs KEDA, which cluster "main" does not have',
  },
  "replicas/keda-outside": {
    by: async () => {
      const environments = { dev: { clusters: { main: { capabilities: [Capability.keda()] } } } };
      const platform = definePlatform("acme", { domain: "acme.example", environments, tenants: { shop: {} } });
      const shop = testTenant(platform, "dev", "shop");
      const cart = new WebService(shop, "cart", { image: IMAGE });
      const waits = Trigger.prometheus({ server: cart.coordinates.url, query: "x", perReplica: 1 });
      new WebService(shop, "web", {
        image: IMAGE,
        connections: { cart },
        replicas: { min: 0, max: 2, triggers: { waits } },
      });
      return (await shop.plan()).findings;
    },
    says: 'replicas.triggers ask "cart.shop.svc" in cluster "main", whose policies do not let KEDA in',
  },
  "replicas/metrics": {
    by: () =>
      scaled({ replicas: { min: 0, max: 2, triggers: { it: lunch }, metrics: { age: { kind: "pods", average: 1 } } } }),
    says: "replicas.metrics cannot stand beside replicas.triggers",
  },
  "replicas/never-wakes": {
    by: () => scaled({ replicas: { min: 0, max: 2 } }),
    says: "replicas.min 0 has nothing that starts the first pod",
  },
  "replicas/invalid": { by: () => service({ replicas: -1 }), says: "replicas -1 is not possible" },
  "replicas/transform": {
    by: () => service({ replicas: { min: 1, max: 2 }, transform: { deployment: { spec: { replicas: 3 } } } }),
    says: "transform.deployment says 3 replicas, which an autoscaler moves",
  },
  "rollout/no-room": {
    by: () => service({ replicas: 3, scheduling: { apart: { web: { within: "zone", required: true } } } }),
    says: "3 pods take over only where there are more than 3 zones",
  },
  "rollout/too-short": {
    by: () => service({ health: { startup: { tcp: true, every: "30s", failures: 60 } } }),
    says: "rollout.deadline (10m by default) may end while new pods still start",
  },
  "rollout/strategy": {
    by: () => service({ rollout: { strategy: "canary" } }),
    says: 'rollout.strategy "canary" is not known',
  },
  "rollout/deadline": {
    by: () => service({ rollout: { strategy: "recreate", minReady: "10m" } }),
    says: 'rollout.minReady "10m" is not shorter than rollout.deadline (10m by default)',
  },
  "rollout/history": {
    by: () => service({ rollout: { strategy: "recreate", history: 0.5 } }),
    says: "rollout.history 0.5 is not a number of former versions",
  },
  "rollout/stuck": { by: () => service({ rollout: { strategy: "rolling", maxSurge: 0 } }), says: "are both zero" },
  "run-after/cluster": {
    by: () => waiting((shop) => new Job(shop, "migrate", { image: IMAGE, placement: { cluster: "eu" } })),
    says: 'runAfter has prod/shop/migrate, which is not on cluster "us"',
  },
  "run-after/delivery": {
    by: waitingForOutput,
    says: "carries outputs, which leaves it to Pulumi and the other to flux",
  },
  "run-after/other-environment": {
    by: () => waiting(() => new Job(tenantIn("prod"), "migrate", { image: IMAGE })),
    says: "runAfter has prod/shop/migrate, which was made in another call of the function that run() was given",
  },
  "run-after/job": { by: () => waiting(() => "migrate"), says: 'runAfter has "migrate", which is no Job' },
  "run-after/tenant": {
    by: () => waiting((_, bank) => new Job(bank, "migrate", { image: IMAGE })),
    says: 'runAfter has prod/bank/migrate of tenant "bank"',
  },
  "schedule/cron": { by: () => scheduled({ schedule: "daily" }), says: 'schedule "daily" has 1 field, not 5' },
  "schedule/every": {
    by: () => scheduled({ schedule: "@every -5m" }),
    says: 'schedule "@every -5m" would come once a second',
  },
  "schedule/never": { by: () => scheduled({ schedule: "0 0 30 2 *" }), says: 'schedule "0 0 30 2 *" never comes' },
  "schedule/time-zone": { by: () => scheduled({ timeZone: "Berlin" }), says: 'timeZone "Berlin" is no time zone' },
  "scheduling/not-allowed": {
    by: () => service({ scheduling: { priority: "system-node-critical" } }),
    says: 'scheduling.priority "system-node-critical" is not one that the tenant may use',
  },
  "scheduling/unknown-workload": {
    by: () => service({ scheduling: { apart: { wbe: { within: "host" } } } }),
    says: 'scheduling.apart names "wbe", which is no workload that this program has in its namespace',
  },
  "scheduling/nowhere": {
    by: () => {
      const here = { web: { within: "host", required: true } } as const;
      return service({ scheduling: { near: here, apart: here } });
    },
    says: 'scheduling.near and scheduling.apart both require "web"',
  },
  "scheduling/value": {
    by: () => service({ scheduling: { tolerations: [{ effect: "NoExecute" }] } }),
    says: "is not a toleration with a key",
  },
  "secrets/cluster": { by: () => secret({}, { placement: {} }), says: 'prod/shop/stripe is not on cluster "us"' },
  "secrets/foreign-path": {
    by: () => secret({ path: "bank/ledger" }),
    says: 'path "bank/ledger" is not where tenant "shop" has its secrets',
  },
  "secrets/keys": { by: () => secret({ keys: [] }), says: "a secret without keys holds nothing" },
  "secrets/namespace": {
    by: () => secret({ namespace: "shop-batch" }),
    says: 'is in namespace "shop-batch", and pods of namespace "shop" cannot use it',
  },
  "secrets/no-store": {
    by: () => secret({ placement: { cluster: "us" } }),
    says: 'cluster "us" of the tenant cannot read secrets from a store',
  },
  "secrets/on-change": { by: () => secret({ onChange: "reload" }), says: 'onChange "reload" is not known' },
  "secrets/path": { by: () => secret({ path: "" }), says: 'path "" leads nowhere' },
  "secrets/type": {
    by: () => secret({ type: "kubernetes.io/tls" }),
    says: 'a Secret of type "kubernetes.io/tls" must have "tls.crt", "tls.key", and keys has no',
  },
  "security/image-user": {
    by: () => service({ user: "image", files: { "/etc/key": { text: "x", mode: "0400" } } }),
    says: 'file "/etc/key" is root\'s, and its mode lets no other user read it',
  },
  "security/user": { by: () => service({ user: 0 }), says: "user 0 is not a user id above 0" },
  "select/unknown-case": {
    by: () => program((environment) => environment.select(UNKNOWN_CASE)),
    says: 'select() has a case "live"',
  },
  "selectors/path": {
    by: () => inShop((shop) => new kplus.Deployment(shop, "worker", { containers: [{ image: "worker:1" }] })),
    says: 'Deployment "worker" selects its pods by a hash of its construct path',
  },
  "tenant/environment": {
    by: async () => {
      const environments = { dev: {}, prod: {} };
      const tenants = { shop: { environments: ["prod"] } } as const;
      const shop = testTenant(definePlatform("x", { domain: "x.example", environments, tenants }), "dev", "shop");
      return (await shop.plan()).findings;
    },
    says: 'tenant "shop" has no share of environment "dev"',
  },
  "tenant/hosts-of-others": {
    by: async () => {
      const tenants = { shop: { allowed: { hosts: { dev: ["*.dev.acme.example"] } } }, pay: {} };
      const definition = definePlatform("acme", { domain: "acme.example", environments: { dev: {} }, tenants });
      const platform = new Platform(definition, { environments: { dev: { clusters: main } } });
      platform.run((environment) => new Tenant(environment, "shop"));
      return (await planOf(platform, "dev")).findings;
    },
    says: 'allowed.hosts.dev of the tenant\'s facts has "*.dev.acme.example", by which it takes hosts of "pay"',
  },
  "tenant/not-yours": {
    by: async () =>
      (
        await planOf(
          applicationThat((environment) => new Tenant(environment, "shop")),
          "dev",
        )
      ).findings,
    says: 'an application\'s program creates tenant "shop"',
  },
  "tenant/unknown": {
    by: () => program((environment) => new Tenant(environment, "shpo" as "shop")),
    says: 'tenant "shpo" is not in the facts of platform "acme"',
  },
  "tokens/local": {
    by: () =>
      inShop((shop) => {
        let local = "";
        const coordinates = { key: Ref.secretKey({ name: "a", key: "b" }) };
        const target = {
          kind: "resource" as const,
          id: "x",
          reach: () => ({ coordinates, peers: [], problems: [] }),
        };
        const resource: Connectable<"key"> = {
          coordinates,
          target,
          connection: (options) => connectionTo(resource, options),
        };
        const x = resource.connection({ env: ({ key }) => ({ A: (local = key) }) });
        new WebService(shop, "web", {
          image: IMAGE,
          connections: { x },
          transform: { service: (json) => void (json.metadata.annotations = { local }) },
        });
      }),
    says: "metadata.annotations.local holds a coordinate that lives in a Secret",
  },
  "tokens/in-id": {
    by: () => object({ metadata: { name: "a" } }, `x-${token}`),
    says: "a construct id holds an output",
  },
  "tokens/in-json": {
    by: () => object({ data: { a: JSON.stringify([token]) } }),
    says: "data.a is JSON text with an output",
  },
  "tokens/in-text": {
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions, @typescript-eslint/no-base-to-string -- the mistake that is meant
    by: () => service({ env: { URL: `postgres://${output("db")}/x` } }),
    says: "value holds what an output says when it is put into text, and not its value",
  },
  "tokens/in-name": { by: () => object({ metadata: { name: token } }), says: "metadata.name holds an output" },
  "tokens/unresolved": {
    by: () => {
      const environment = platformThat((scope) => {
        new ApiObject(scope, "a", { apiVersion: "v1", kind: "ConfigMap", data: { a: token } });
      }).instantiate("dev");
      return render(makeDraft(environment), {}).findings;
    },
    says: "is not among those given",
  },
  "transform/unused": {
    by: () => service({ transform: { autoscaler: {} } }),
    says: "transform.autoscaler changes nothing, because this workload has no autoscaler",
  },
  "trigger/invalid": {
    by: () => scaled({ replicas: { min: 0, max: 2, triggers: { it: Trigger.of("cpu", {}) } } }),
    says: "replicas.triggers.it is for use of cpu",
  },
  "trigger/not-allowed": {
    by: () => scaled({ replicas: { min: 0, max: 2, triggers: { it: Trigger.of("mysql", {}, { name: "db" }) } } }),
    says: 'replicas.triggers.it.authentication names ClusterTriggerAuthentication "db", which is not the tenant\'s to use',
  },
  "trigger/variable": {
    by: () => scaled({ replicas: { min: 0, max: 2, triggers: { it: Trigger.of("mysql", { hostFromEnv: "HOST" }) } } }),
    says: 'reads host from the variable "HOST", which the workload does not have',
  },
  "units/duration": { by: () => service({ gracePeriod: 30 }), says: "gracePeriod 30 is not a whole number of seconds" },
  "volumes/beyond-limit": {
    by: () => mounting({ kind: "empty", medium: "memory", size: "1Gi" }),
    says: 'container "web" may fill 1Gi of memory as volume "data", which is more than its limit of 128Mi',
  },
  "volumes/file": {
    by: () => mounting({ kind: "keys", secret: "tls", files: { "../a": "b" } }),
    says: 'volumes.data: file "../a" is no path inside of the volume',
  },
  "volumes/host": {
    by: () => mounting({ kind: "host" }),
    says: "volumes.data is a folder of the node",
  },
  "volumes/kind": { by: () => mounting({ kind: "disk" }), says: 'volumes.data.kind "disk" does not exist' },
  "volumes/not-allowed": {
    by: () => bounded({ volumes: { data: { kind: "ephemeral", size: "1Gi", storageClass: "fast", path: "/data" } } }),
    says: 'volumes.data.storageClass "fast" is not one that the tenant may use',
  },
  "volumes/one-node": {
    by: () => mounting({ kind: "persistent", size: "1Gi" }),
    says: 'volume "data" is on one node at a time',
  },
  "volumes/path": {
    by: () => mounting({ kind: "empty", path: "data" }),
    says: 'volume "data" has the path "data", where nothing can be mounted',
  },
  "volumes/read-only": {
    by: () => mounting({ kind: "keys", secret: "tls", readOnly: false }),
    says: 'volume "data" is of kind "keys", which nobody can write to',
  },
  "volumes/reserved": {
    by: () => service({ volumes: { files: { kind: "empty", path: "/data" } } }),
    says: 'volume "files" has a name that Flagstone gives to volumes of its own',
  },
  "volumes/source": {
    by: () => mounting({ kind: "keys" }),
    says: "volumes.data names neither a secret nor a config",
  },
  "volumes/unknown": {
    by: () => service({ mounts: { "/data": "data" } }),
    says: 'mounts has volume "data" at /data, which does not exist',
  },
  "volumes/unused": {
    by: () => mounting({ kind: "empty", path: undefined }),
    says: 'volume "data" is mounted by no container',
  },
  "volumes/value": {
    by: () => mounting({ kind: "empty", size: "1GB" }),
    says: 'volumes.data.size "1GB" is not an amount above zero',
  },
};

// In the same form, and of Kubernetes: parts of objects in RBAC and admission, numbers of objects in quotas.
const RESOURCE = /^count\/|\/(attach|ephemeralcontainers|eviction|exec|log|portforward|scale|status)$/;

/** Names of rules in the sources: texts of their form, outside of comments and imports. */
function rulesInSources(): string[] {
  const lib = join(import.meta.dirname, "../lib");
  // Rules of imports are of differences, not of mistakes: test/import provokes those.
  const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/^import[\\/]/.test(file),
  );
  const lines = files.flatMap((file) => readFileSync(join(lib, file), "utf8").split("\n"));
  const code = lines.filter((line) => !/^\s*(\*|\/\*|\/\/)|\bfrom "|"flagstone\//.test(line)).join("\n");
  const texts = new Set(code.match(/(?<=")[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*(?=")/g));
  return [...texts].filter((text) => !RESOURCE.test(text)).sort();
}

describe("every rule", () => {
  test("has a mistake here that provokes it", () => {
    expect(rulesInSources().length).toBeGreaterThan(60);
    expect(Object.keys(MISTAKES).sort()).toEqual(rulesInSources());
  });

  test.each(Object.entries(MISTAKES))(
    "%s is reported with where, what and how to mend it",
    async (rule, { by, says }) => {
      const findings = (await by()).filter((finding) => finding.rule === rule);
      expect(findings).not.toEqual([]);
      const [finding] = findings;
      expect(finding!.message).toContain(says);
      expect(finding!.path).not.toBe("");
      expect(finding!.fix.length).toBeGreaterThan(5);
      expect(finding!.owner).toMatch(/^(platform|group:shop)$/);
      for (const text of [finding!.message, finding!.fix]) {
        expect(text).not.toMatch(/\.$|undefined undefined|\[object/);
        expect(text).not.toMatch(/^[A-Z][a-z]+ (is|has|are|must) /);
      }
    },
  );
});

describe("a program with ten mistakes", () => {
  const web = (shop: Tenant, id: string, props: Partial<WebServiceProps>) =>
    new WebService(shop, id, { image: IMAGE, ...props });

  test("reports all ten in one run, each with construct, value and fix", async () => {
    const plan = await planOf(
      platformThat((environment) => {
        const shop = new Tenant(environment, "shop");
        web(shop, "one", { image: "registry.acme.example/one" });
        web(shop, "two", { replicas: { min: 5, max: 2 } });
        web(shop, "three", { gracePeriod: 30 as unknown as "30s" });
        web(shop, "four", { endpoints: { http: { port: 80_000 } } });
        web(shop, "five", { memory: "1GB" as "1Gi" });
        web(shop, "six", { helath: "/healthz" } as Partial<WebServiceProps>);
        web(shop, "seven", { health: { http: "/", endpoint: "htpp" } });
        web(shop, "eight", { transform: { autoscaler: {} } });
        new ApiObject(shop, "nine", { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "bank" } });
        new Tenant(environment, "bank", { onwers: ["group:bank"] } as TenantProps);
      }),
      "dev",
    );
    const { findings } = plan;
    expect(brief(findings)).toEqual([
      'props/unknown dev/bank: unknown property "onwers"; did you mean "owners"?',
      "transform/unused dev/shop/eight: transform.autoscaler changes nothing, because this workload has no autoscaler; remove it, or ask for the child that it is about",
      'compute/amount dev/shop/five: memory "1GB" is not an amount of memory above zero; write "256Mi" or "1Gi"',
      "endpoints/port dev/shop/four: endpoints.http.port 80000 is not a port; use a whole number from 1 to 65535",
      'namespace/foreign dev/shop/nine: ConfigMap "nine" goes to namespace "bank", which is not one of tenant "shop"; use "shop", or make it outside of the tenant',
      'image/mutable dev/shop/one: image "registry.acme.example/one" has no tag, so what runs depends on when it was pulled; pin a digest or a version tag, or say allowMutableImage: true',
      'health/endpoint dev/shop/seven: health.readiness.endpoint "htpp" is not an endpoint that can be probed; did you mean "http"?',
      'props/unknown dev/shop/six: unknown property "helath"; did you mean "health"?',
      'units/duration dev/shop/three: gracePeriod 30 is not a whole number of seconds; write "30s" or "2m"',
      "replicas/invalid dev/shop/two: replicas.max 2 is not possible; use a whole number from replicas.min (5)",
    ]);
    expect(findings.every(({ severity }) => severity === "error")).toBe(true);
    expect(findings.every(({ source }) => source?.file === "errors.test.ts")).toBe(true);
    expect(plan.objects("Namespace").length).toBeGreaterThan(0);
  });
});
