import { output } from "@pulumi/pulumi";
import { ConfigMap } from "cdk8s-plus-28";
import {
  Capability,
  definePlatform,
  type EndpointProps,
  type EnvironmentNames,
  ExternalService,
  Token,
  WebService,
} from "flagstone";
import { testTenant } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { brief, IMAGE, rulesOf } from "../testing/fixtures";
import { egressOf, planWith, Schema, variablesOf } from "./platform";

const image = IMAGE;
const grpc = { grpc: { port: 50051, protocol: "grpc" } } as const;
const ofNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const podsOf = (namespace: string, name: string) => ({
  ...ofNamespace(namespace),
  podSelector: { matchLabels: { "app.kubernetes.io/name": name } },
});

describe("a connection to a service", () => {
  test("gives its url, host and port under the connection's name", async () => {
    const plan = await planWith(({ shop }) => {
      const payments = new WebService(shop, "payments-api", { image, endpoints: grpc });
      new WebService(shop, "web", { image, connections: { payments } });
    });
    expect(plan.findings).toEqual([]);
    expect(variablesOf(plan, "web")).toEqual({
      PAYMENTS_URL: "grpc://payments-api.shop.svc:50051",
      PAYMENTS_HOST: "payments-api.shop.svc",
      PAYMENTS_PORT: "50051",
      PORT: "8080",
    });
  });

  test("opens the way to the port that its container listens on, and no other", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", {
        image,
        endpoints: { http: { port: 8080, servicePort: 80 }, admin: { port: 9090 } },
      });
      new WebService(shop, "web", { image, connections: { cart: cart.endpoints.http } });
    });
    expect(variablesOf(plan, "web")["CART_URL"]).toBe("http://cart.shop.svc:80");
    expect(egressOf(plan, "web")).toEqual([{ to: [podsOf("shop", "cart")], ports: [{ protocol: "TCP", port: 8080 }] }]);
    expect(egressOf(plan, "cart")).toEqual([]);
  });

  test("opens the way where no variable says it, and a file does", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      const { host, port } = cart.coordinates;
      const connections = { cart: cart.connection({ env: () => ({}) }) };
      new WebService(shop, "web", { image, connections, files: { "/etc/upstream": `server ${host}:${port};` } });
    });
    expect(plan.findings).toEqual([]);
    expect(plan.object("ConfigMap", "web-files")).toMatchObject({
      data: { etc_upstream: "server cart.shop.svc:8080;" },
    });
    expect(egressOf(plan, "web")).toEqual([{ to: [podsOf("shop", "cart")], ports: [{ protocol: "TCP", port: 8080 }] }]);
  });

  test("is one relation of the Plan, whatever it is called", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      new WebService(shop, "web", { image, connections: { cart, basket: cart.endpoints.http } });
    });
    expect(plan.findings).toEqual([]);
    expect(plan.edges()).toEqual(["shop/web → shop/cart.http"]);
    expect(plan.plan.relations).toEqual([
      {
        from: "dev/shop/web",
        fromTenant: "shop",
        to: "dev/shop/cart.http",
        toTenant: "shop",
        kind: "endpoint",
        names: ["basket", "cart"],
      },
    ]);
    expect(egressOf(plan, "web")).toHaveLength(1);
  });

  test("can go round in a circle", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      const stock = new WebService(shop, "stock", { image, connections: { cart } });
      cart.connect({ stock });
    });
    expect(plan.findings).toEqual([]);
    expect(plan.edges()).toEqual(["shop/cart → shop/stock.http", "shop/stock → shop/cart.http"]);
    expect(variablesOf(plan, "cart")["STOCK_URL"]).toBe("http://stock.shop.svc:8080");
    const dependencies = plan.plan.objects.flatMap(({ dependsOn }) => dependsOn);
    expect(dependencies).toEqual([]);
  });

  test("leaves a variable alone that the workload says itself", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      new WebService(shop, "web", { image, connections: { cart }, env: { CART_URL: "http://mock" } });
    });
    expect(variablesOf(plan, "web")).toMatchObject({ CART_URL: "http://mock", CART_PORT: "8080" });
  });

  test("comes before the variables that name it", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      new WebService(shop, "web", { image, connections: { cart }, env: { A: "$(CART_HOST)/x" } });
    });
    expect(plan.findings).toEqual([]);
    expect(Object.keys(variablesOf(plan, "web"))).toEqual(["CART_HOST", "A", "CART_PORT", "CART_URL", "PORT"]);
  });

  test("can say its variables itself", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      const connection = cart.connection({ env: (c) => ({ CART_ADDR: c.address, CART_V1: `${c.url}/v1` }) });
      new WebService(shop, "web", { image, connections: { cart: connection } });
    });
    expect(variablesOf(plan, "web")).toEqual({
      CART_ADDR: "cart.shop.svc:8080",
      CART_V1: "http://cart.shop.svc:8080/v1",
      PORT: "8080",
    });
  });

  test("is named by the rule of the workload, for all of its connections", async () => {
    const environmentNames: EnvironmentNames = ({ constantName, coordinates }) => ({
      [`${constantName}_ADDR`]: coordinates["address"] ?? "",
    });
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image });
      const stock = new WebService(shop, "stock", { image });
      new WebService(shop, "web", { image, connections: { cart, stock }, environmentNames });
    });
    expect(variablesOf(plan, "web")).toEqual({
      CART_ADDR: "cart.shop.svc:8080",
      STOCK_ADDR: "stock.shop.svc:8080",
      PORT: "8080",
    });
  });
});

describe("across tenants", () => {
  test("an endpoint for the whole environment lets every tenant in", async () => {
    const plan = await planWith(({ shop, bank }) => {
      const ledger = new WebService(bank, "ledger", {
        image,
        endpoints: { http: { port: 8080, visibility: "environment" } },
      });
      new WebService(shop, "web", { image, connections: { ledger } });
    });
    expect(plan.findings).toEqual([]);
    expect(egressOf(plan, "web")).toEqual([
      { to: [podsOf("bank", "ledger")], ports: [{ protocol: "TCP", port: 8080 }] },
    ]);
    expect(plan.object("NetworkPolicy", "ledger")).toMatchObject({
      spec: {
        ingress: [
          {
            from: [{ namespaceSelector: { matchExpressions: [{ key: "flagstone.dev/tenant", operator: "Exists" }] } }],
            ports: [{ port: "http", protocol: "TCP" }],
          },
        ],
      },
    });
  });

  test("an endpoint for its tenant is refused to others, and the finding says whom to ask", async () => {
    const plan = await planWith(({ shop, bank }) => {
      const vault = new WebService(bank, "vault", { image });
      new WebService(shop, "web", { image, connections: { vault } });
    });
    expect(brief(plan.findings)).toEqual([
      'connections/not-visible dev/shop/web: connection "vault": endpoint "http" of "vault" is visible to its tenant "bank" only, ' +
        'and this is tenant "shop"; ask group:bank to give it visibility "environment", and say so where it is referred to',
    ]);
    expect(plan.findings[0]?.owner).toBe("group:shop");
  });

  test("a service of another repository is referred to by name, with the endpoints that it has", async () => {
    const plan = await planWith(({ shop, bank }) => {
      const ledger = WebService.fromName(bank, "ledger", {
        endpoints: { grpc: { port: 50051, protocol: "grpc", visibility: "environment" }, http: { port: 8080 } },
      });
      new WebService(shop, "web", { image, connections: { ledger: ledger.endpoints.grpc } });
    });
    expect(plan.findings).toEqual([]);
    expect(plan.edges()).toEqual(["shop/web → bank/ledger.grpc"]);
    expect(variablesOf(plan, "web")["LEDGER_URL"]).toBe("grpc://ledger.bank.svc:50051");
    expect(plan.objects().map(({ metadata }) => metadata.name)).not.toContain("ledger");
  });

  test("a reference says http on 8080 when it says nothing, as a service does", async () => {
    const plan = await planWith(({ shop }) => {
      new WebService(shop, "web", { image, connections: { cart: WebService.fromName(shop, "cart") } });
    });
    expect(plan.findings).toEqual([]);
    expect(variablesOf(plan, "web")["CART_URL"]).toBe("http://cart.shop.svc:8080");
  });
});

describe("across clusters", () => {
  const ofBank = (visibility: "environment" | "external") =>
    planWith(({ shop, bank }) => {
      const ledger = new WebService(bank, "ledger", { image, endpoints: { http: { port: 8080, visibility } } });
      new WebService(shop, "web", { image, connections: { ledger } });
    }, "prod");

  test("a service is not there where it does not run, which is a finding", async () => {
    expect(brief((await ofBank("environment")).findings)).toEqual([
      'connections/other-cluster prod/shop/web: connection "ledger": endpoint "http" of "ledger" does not run on cluster "us"; ' +
        'place both on the same clusters, or give the endpoint visibility "external" and a host that is no wildcard: it is then reached by that',
    ]);
  });

  test("an external one is reached by its public host from there, and as ever where it runs", async () => {
    const plan = await ofBank("external");
    expect(rulesOf(plan.findings)).toEqual(["connections/public-egress"]);
    expect(variablesOf(plan, "web", "eu")["LEDGER_URL"]).toBe("http://ledger.bank.svc:8080");
    expect(variablesOf(plan, "web", "us")).toMatchObject({
      LEDGER_URL: "https://ledger.bank.prod.acme.example",
      LEDGER_PORT: "443",
    });
    expect(egressOf(plan, "web", "eu")).toEqual([
      { to: [podsOf("bank", "ledger")], ports: [{ protocol: "TCP", port: 8080 }] },
    ]);
    expect(egressOf(plan, "web", "us")).toMatchObject([{ ports: [{ protocol: "TCP", port: 443 }] }]);
  });
});

describe("across clusters, an endpoint", () => {
  const cert = Capability.certManager({ issuer: "acme" });
  const ingress = Capability.ingress({ className: "public", from: { namespace: "ingress" } });
  const addressOf = async (endpoint: object, capabilities: readonly Capability[]) => {
    const platform = definePlatform("acme", {
      domain: "acme.example",
      environments: { dev: { clusters: { eu: { capabilities }, us: {} } } },
      tenants: { shop: {} },
    });
    const shop = testTenant(platform, "dev", "shop");
    const x = { port: 8080, visibility: "external", ...endpoint } as EndpointProps;
    const api = new WebService<"x">(shop, "api", { image, endpoints: { x }, placement: { cluster: "eu" } });
    new WebService(shop, "web", { image, connections: { api: api.endpoints.x }, placement: { cluster: "us" } });
    const plan = await shop.plan();
    const [rule] = egressOf(plan, "web", "us");
    expect(rule.ports).toEqual([{ protocol: "TCP", port: Number(variablesOf(plan, "web", "us")["API_PORT"]) }]);
    return variablesOf(plan, "web", "us")["API_URL"];
  };
  const at = "api-x.shop.dev.acme.example";

  test.each([
    [{}, [ingress, cert], `https://${at}`],
    [{}, [ingress], `http://${at}`],
    [{ tls: { secret: "x" } }, [ingress], `https://${at}`],
    [{ tls: false }, [ingress, cert], `http://${at}`],
    [{ protocol: "grpc" }, [ingress, cert], `grpcs://${at}`],
    [{ protocol: "grpc" }, [ingress], `grpc://${at}`],
    [{ protocol: "websocket", paths: ["/live"] }, [ingress, cert], `wss://${at}/live`],
    [{ protocol: "websocket" }, [ingress], `ws://${at}`],
  ])("%j is reached as it is served", async (endpoint, capabilities, url) => {
    expect(await addressOf(endpoint, capabilities)).toBe(url);
  });
});

describe("an external service", () => {
  const stripe = (environment: "dev" | "prod", props: object = {}) =>
    planWith(({ shop }) => {
      const target = new ExternalService(shop, "stripe", { url: "https://api.stripe.com/v1", ...props });
      new WebService(shop, "web", { image, connections: { stripe: target } });
    }, environment);

  test("gives its address", async () => {
    expect(variablesOf(await stripe("dev"), "web")).toMatchObject({
      STRIPE_URL: "https://api.stripe.com/v1",
      STRIPE_HOST: "api.stripe.com",
      STRIPE_PORT: "443",
    });
  });

  test("opens its port to the internet where policies know no host names, and says so", async () => {
    const plan = await stripe("dev");
    expect(plan.findings).toMatchObject([
      {
        rule: "connections/public-egress",
        severity: "info",
        message:
          'policies of cluster "main" know no host names: to reach api.stripe.com:443, that port of every public address is open',
      },
    ]);
    const [rule, ...more] = egressOf(plan, "web");
    expect(more).toEqual([]);
    expect(rule.ports).toEqual([{ protocol: "TCP", port: 443 }]);
    expect(rule.to[0].ipBlock.cidr).toBe("0.0.0.0/0");
    expect(rule.to[0].ipBlock.except).toContain("169.254.0.0/16");
  });

  test("is admitted by name where the cluster can", async () => {
    const plan = await stripe("prod");
    expect(plan.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('policies of cluster "us" know no host names'),
    ]);
    expect(egressOf(plan, "web", "eu")).toEqual([]);
    expect(plan.object("CiliumNetworkPolicy", "web-hosts", "eu")).toMatchObject({
      spec: {
        endpointSelector: { matchLabels: { "app.kubernetes.io/name": "web" } },
        egress: [
          { toPorts: [{ rules: { dns: [{ matchPattern: "*" }] } }] },
          { toFQDNs: [{ matchName: "api.stripe.com" }], toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }] },
        ],
      },
    });
    expect(plan.plan.objects.filter(({ kind, cluster }) => kind === "CiliumNetworkPolicy" && cluster === "us")).toEqual(
      [],
    );
  });

  test("is admitted by address where that is said, and nothing is found fault with", async () => {
    const plan = await stripe("dev", { cidrs: ["203.0.113.0/24"] });
    expect(plan.findings).toEqual([]);
    expect(egressOf(plan, "web")).toEqual([
      { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
  });

  test.each([
    ["https://10.1.2.3:8443", "10.1.2.3/32", 8443],
    ["tcp://[2001:db8::1]:5432", "2001:db8::1/128", 5432],
  ])("by address, as in %s, is that address", async (url, cidr, port) => {
    const plan = await stripe("dev", { url });
    expect(plan.findings).toEqual([]);
    expect(egressOf(plan, "web")).toEqual([{ to: [{ ipBlock: { cidr } }], ports: [{ protocol: "TCP", port }] }]);
  });

  test.each([
    "tcp://db.example",
    "https://",
    "https://user:pass@db.example",
    "https://a b",
    "api.stripe.com",
    "https://x:0",
  ])("refuses %s", async (url) => {
    const { findings } = await stripe("dev", { url });
    expect(rulesOf(findings)).toContain("external/url");
  });

  test("of the environment serves all tenants", async () => {
    const plan = await planWith(({ shop, bank, environment }) => {
      const mail = new ExternalService(environment, "mail", { url: "tcp://mail.example:587", cidrs: ["192.0.2.0/24"] });
      new WebService(shop, "web", { image, connections: { mail } });
      new WebService(bank, "ledger", { image, connections: { mail } });
    });
    expect(plan.findings).toEqual([]);
    expect(plan.edges()).toEqual(["bank/ledger → mail", "shop/web → mail"]);
  });
});

describe("a resource of a platform's own", () => {
  test("gives all that it publishes, secrets by reference", async () => {
    const plan = await planWith(({ shop }) => {
      new WebService(shop, "web", { image, connections: { orders: new Schema(shop, "orders") } });
    });
    expect(plan.findings).toEqual([]);
    expect(variablesOf(plan, "web")).toEqual({
      ORDERS_HOST: "db.acme.internal",
      ORDERS_PORT: "5432",
      ORDERS_PASSWORD: { secretKeyRef: { name: "orders-credentials", key: "password" } },
      PORT: "8080",
    });
    expect(egressOf(plan, "web")).toEqual([
      { to: [{ ipBlock: { cidr: "10.20.0.0/24" } }], ports: [{ protocol: "TCP", port: 5432 }] },
    ]);
  });

  test("lets a variable be put together around a secret, which stays in its Secret", async () => {
    const plan = await planWith(({ shop }) => {
      const orders = new Schema(shop, "orders").connection({
        env: (c) => ({ DSN: `postgres://app:${c.password}@${c.host}:${c.port}/$$x` }),
      });
      new WebService(shop, "web", { image, connections: { orders } });
    });
    expect(plan.findings).toEqual([]);
    expect(variablesOf(plan, "web")).toEqual({
      DSN__1: { secretKeyRef: { name: "orders-credentials", key: "password" } },
      DSN: "postgres://app:$(DSN__1)@db.acme.internal:5432/$$$$x",
      PORT: "8080",
    });
  });

  test("mixes outputs and secrets in one variable", async () => {
    const host = Token.asString(output("db.example"));
    const plan = await planWith(({ shop }) => {
      const orders = new Schema(shop, "orders").connection({ env: (c) => ({ DSN: `${c.password}@${host}` }) });
      new WebService(shop, "web", { image, connections: { orders } });
    });
    expect(plan.findings).toEqual([]);
    expect(variablesOf(plan, "web")).toMatchObject({
      DSN__1: { secretKeyRef: { name: "orders-credentials", key: "password" } },
      DSN__2: { secretKeyRef: { name: "web-outputs", key: "DSN__2" } },
      DSN: "$(DSN__1)@$(DSN__2)",
    });
  });

  test("is there before the workload that uses it", async () => {
    const plan = await planWith(({ shop }) => {
      const orders = new Schema(shop, "orders");
      new ConfigMap(orders, "schema", { data: { sql: "" } });
      new WebService(shop, "web", { image, connections: { orders } });
    });
    const deployment = plan.plan.objects.find(({ kind }) => kind === "Deployment");
    expect(deployment?.dependsOn).toEqual(["main/core/ConfigMap/shop/orders-schema"]);
  });
});

describe("mistakes", () => {
  test("of all connections are reported in one run, also where the workload has others", async () => {
    const plan = await planWith(({ shop, bank }) => {
      const cart = new WebService(shop, "cart", { image });
      const vault = WebService.fromName(bank, "vault");
      const web = new WebService(shop, "web", {
        image: "a b",
        connections: { vault, cart, Cart: cart, "1st": cart, text: "http://x" as never },
      });
      web.connect({ cart });
    });
    expect(rulesOf(plan.findings).sort()).toEqual([
      "connections/duplicate",
      "connections/invalid",
      "connections/name",
      "connections/not-visible",
      "connections/variable",
      "image/invalid",
    ]);
  });

  test.each<[string, (given: { readonly host: string }) => unknown, string]>([
    ["a name that is none", ({ host }) => ({ "a=b": host }), 'makes a variable "a=b", which cannot be one'],
    ["no name", () => ({ "": "x" }), 'makes a variable "", which cannot be one'],
    ["a number", () => ({ A: 5 }), 'makes a variable "A" that is 5, and not text'],
    ["null", () => ({ A: null }), 'makes a variable "A" that is null, and not text'],
    ["undefined", () => ({ A: undefined }), 'makes a variable "A" that is undefined, and not text'],
    ["nothing", () => undefined, "returned undefined, which is no record of variables"],
    ["a promise", async () => ({ A: "x" }), "returned a Promise, which is no record of variables"],
    [
      "an error",
      () => {
        throw new Error("no such host");
      },
      "threw: no such host",
    ],
    ["what is no function", "A" as never, 'is "A", and not a function'],
  ])("variables of a connection that are %s are findings of the workload", async (_, make, says) => {
    const by = async (connection: object, props: object = {}) =>
      brief(
        (
          await planWith(({ shop }) => {
            const cart = new WebService(shop, "cart", { image });
            new WebService(shop, "web", { image, connections: { cart: cart.connection(connection) }, ...props });
          })
        ).findings,
      );
    const fix = "return text by names of letters, digits and _, as in { ORDERS_HOST: host }";
    expect(await by({ env: make })).toEqual([
      `connections/variables dev/shop/web: connection "cart": env ${says}; ${fix}`,
    ]);
    const names = typeof make === "function" ? () => make({ host: "x" }) : make;
    expect(await by({}, { environmentNames: names })).toEqual([
      `connections/variables dev/shop/web: connection "cart": environmentNames ${says}; ${fix}`,
    ]);
  });

  test("a workload with several endpoints is refused with the names that it has", async () => {
    const plan = await planWith(({ shop }) => {
      const cart = new WebService(shop, "cart", { image, endpoints: { http: { port: 80 }, admin: { port: 81 } } });
      new WebService(shop, "web", { image, connections: { cart: cart as never } });
    });
    expect(brief(plan.findings)).toEqual([
      'connections/several dev/shop/web: connection "cart": "dev/shop/cart" has several endpoints (admin, http); ' +
        "connect one of them, as in cart.endpoints.admin",
    ]);
  });

  test("an endpoint of another environment's tree is not connected to", async () => {
    let first: WebService | undefined;
    const define = async (environment: "dev" | "prod") =>
      planWith(({ shop }) => {
        first ??= new WebService(shop, "cart", { image });
        new WebService(shop, "web", { image, connections: { cart: first } });
      }, environment);
    expect((await define("dev")).findings).toEqual([]);
    expect(rulesOf((await define("prod")).findings)).toEqual(["connections/other-environment"]);
  });

  test("a coordinate that only the kubelet knows has no place outside of variables", async () => {
    const plan = await planWith(({ shop }) => {
      const orders = new Schema(shop, "orders");
      let password = "";
      const connection = orders.connection({ env: (c) => ({ A: (password = c.password) }) });
      new WebService(shop, "a", { image, connections: { orders: connection } });
      const after = new WebService(shop, "b", {
        image,
        transform: { service: (object) => void (object.metadata.annotations = { x: password }) },
      });
      after.node.addDependency(orders);
    });
    expect(brief(plan.findings)).toEqual([
      "tokens/local dev/shop/b/@main/service: metadata.annotations.x holds a coordinate that lives in a Secret, a ConfigMap or the pod, " +
        "which only variables can; use it in env of a workload, or in env of its connection()",
    ]);
  });
});
