// A program that sets everything that can be said of external endpoints at least once, in every form that it takes.
import { ApiObject, Duration } from "cdk8s";
import { Capability, Cluster, definePlatform, type EndpointProps, Platform, Tenant, WebService } from "flagstone";
import type { HttpEntryEndpointProps } from "../../lib/workloads/endpoints/types.ts";

const from = { namespace: "edge" };
const facts = definePlatform("acme", {
  domain: "acme.example",
  environments: {
    prod: {
      tier: "production",
      clusters: {
        routes: { capabilities: [Capability.gatewayApi({ gateway: "edge/public", listener: "https" })] },
        ingresses: {
          capabilities: [Capability.ingress({ className: "public", from }), Capability.certManager({ issuer: "acme" })],
        },
      },
    },
  },
  tenants: { shop: { allowed: { hosts: { prod: ["www.acme.example", "*.shops.acme.example"] } } } },
});

/** Endpoints that every cluster can have. */
const anywhere: Readonly<Record<string, EndpointProps>> = {
  http: { port: 8080, visibility: "external" },
  api: {
    port: 8081,
    servicePort: 81,
    protocol: "http",
    visibility: "external",
    hosts: ["www.acme.example", "*.web.shops.acme.example"],
    paths: ["/api", "/v1/", "/a%20b/~c.d"],
    tls: false,
  },
  live: { port: 8082, protocol: "websocket", visibility: "external", paths: ["/"] },
};

const onIngresses: Readonly<Record<string, EndpointProps>> = {
  bought: { port: 8083, visibility: "external", tls: { secret: "bought.example" } },
  rpc: { port: 8084, protocol: "grpc", visibility: "external" },
};

const onRoutes: Readonly<Record<string, EndpointProps>> = {
  full: {
    port: 8083,
    visibility: "external",
    paths: ["/shop", "/cart"],
    requestHeaders: { set: { "X-From": "edge", "x-other": 'a, b; c="d"' }, remove: ["Cookie", "X-Debug"] },
    responseHeaders: { set: { "Strict-Transport-Security": "max-age=31536000" }, remove: ["Server"] },
    redirects: {
      "/": "/shop",
      "/old/": "/cart/new/",
      "/docs": "https://docs.acme.example",
      "/help": "https://docs.acme.example:8443/shop/help",
    },
    timeout: "1500ms",
  },
  "set-only": {
    port: 8084,
    visibility: "external",
    requestHeaders: { set: { "X-A": "b" } },
    timeout: Duration.days(3),
  },
  "remove-only": { port: 8085, visibility: "external", responseHeaders: { remove: ["Server"] }, timeout: "0s" },
  rpc: { port: 8086, protocol: "grpc", visibility: "external" },
  "rpc-headers": {
    port: 8087,
    protocol: "grpc",
    visibility: "external",
    hosts: ["rpc.shops.acme.example"],
    requestHeaders: { remove: ["Cookie"] },
    responseHeaders: { set: { "X-A": "b" } },
  },
};

const services = {
  "on-all": { endpoints: anywhere, placement: {} },
  "on-routes": { endpoints: onRoutes, placement: { cluster: "routes" } },
  "on-ingresses": { endpoints: onIngresses, placement: { cluster: "ingresses" } },
} as const;

/** What is said anywhere of external endpoints. */
export const said = new Set(
  Object.values(services).flatMap(({ endpoints }) => Object.values<EndpointProps>(endpoints).flatMap(Object.keys)),
);

/** All that can be said; what is new and missing here does not compile. */
export const sayable: Readonly<Record<keyof HttpEntryEndpointProps, true>> = {
  port: true,
  servicePort: true,
  protocol: true,
  visibility: true,
  hosts: true,
  tls: true,
  requestHeaders: true,
  responseHeaders: true,
  paths: true,
  redirects: true,
  timeout: true,
};

export const clusters = ["ingresses", "routes"] as const;

/** The program, with a gateway as a platform would make it. */
export function programOf(): Pick<Platform, "instantiate"> {
  const cluster = Cluster.fromKubeconfig();
  const reached = Object.fromEntries(clusters.map((name) => [name, cluster] as const));
  const platform = new Platform(facts, {
    environments: { prod: { clusters: reached } },
  });
  platform.run((environment) => {
    new ApiObject(environment, "edge", { apiVersion: "v1", kind: "Namespace", metadata: { name: "edge" } });
    const gatewayApi = "gateway.networking.k8s.io/v1";
    new ApiObject(environment, "class", {
      apiVersion: gatewayApi,
      kind: "GatewayClass",
      metadata: { name: "acme" },
      spec: { controllerName: "acme.example/gateways" },
    });
    new ApiObject(environment, "gateway", {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: { name: "public", namespace: "edge", annotations: { "cert-manager.io/cluster-issuer": "acme" } },
      spec: {
        gatewayClassName: "acme",
        listeners: [
          { name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "Same" } } },
          {
            name: "https",
            port: 443,
            protocol: "HTTPS",
            hostname: "*.shop.acme.example",
            tls: { mode: "Terminate", certificateRefs: [{ name: "shop-tls" }] },
            allowedRoutes: {
              namespaces: { from: "Selector", selector: { matchLabels: { "flagstone.dev/tenant": "shop" } } },
            },
          },
        ],
      },
    });
    new ApiObject(environment, "to-https", {
      apiVersion: gatewayApi,
      kind: "HTTPRoute",
      metadata: { name: "to-https", namespace: "edge" },
      spec: {
        parentRefs: [{ name: "public", sectionName: "http" }],
        rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] }],
      },
    });
    const shop = new Tenant(environment, "shop");
    const image = `registry.acme.example/shop/web:1.4.2@sha256:${"0123456789abcdef".repeat(4)}`;
    for (const [name, props] of Object.entries(services)) {
      new WebService<string>(shop, name, { image, replicas: 0, health: false, ...props });
    }
  });
  return platform;
}
