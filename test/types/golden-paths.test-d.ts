import type { Construct } from "constructs";
import {
  Component,
  defaultsFor,
  type Endpoint,
  type PropsOf,
  type Ref,
  type Tenant,
  WebService,
  type WebServiceProps,
  withDefaults,
  withEndpoints,
  type Without,
} from "flagstone";
import type { Resource } from "@pulumi/pulumi";
import { describe, expectTypeOf, test } from "vitest";

declare const shop: Tenant;
const image = "registry.acme.example/web:1";

interface AcmeProps<E extends string = "http"> extends Without<WebServiceProps<E>, "size" | "cpu" | "memory"> {
  readonly size?: "small" | "large" | undefined;
  readonly handbook: `https://${string}`;
}

class AcmeWebService<E extends string = "http"> extends WebService<E> {
  public constructor(scope: Construct, id: string, props: AcmeProps<E>) {
    const { size, handbook: _, ...rest } = withDefaults(AcmeWebService, scope, props, { size: "small", replicas: 2 });
    expectTypeOf(size).toEqualTypeOf<"small" | "large" | undefined>();
    super(scope, id, { ...rest, cpu: size === "large" ? 1 : "100m" });
  }
}

class WithAdmin<E extends string = "http"> extends WebService<E | "admin"> {
  public constructor(scope: Construct, id: string, props: WebServiceProps<E>) {
    super(scope, id, { ...props, endpoints: withEndpoints(props.endpoints, { admin: { port: 9090 } }) });
  }
}

const handbook = "https://handbook.acme.example";

describe("a generic golden path", () => {
  test("keeps the names of endpoints", () => {
    const web = new AcmeWebService(shop, "web", {
      image,
      handbook,
      endpoints: { http: { port: 80 }, rpc: { port: 81 } },
    });
    expectTypeOf(web).toEqualTypeOf<AcmeWebService<"http" | "rpc">>();
    expectTypeOf(web.endpoints.rpc).toEqualTypeOf<Endpoint<"rpc">>();
    expectTypeOf(web.endpoints).not.toHaveProperty("grpc");
  });

  test("has the endpoint http when none is given", () => {
    expectTypeOf(new AcmeWebService(shop, "web", { image, handbook }).endpoints).toHaveProperty("http");
  });

  test("adds endpoints to those of its caller", () => {
    const web = new WithAdmin(shop, "web", { image, endpoints: { api: { port: 80 } } });
    expectTypeOf(web.endpoints.api).toEqualTypeOf<Endpoint<"api">>();
    expectTypeOf(web.endpoints.admin).toEqualTypeOf<Endpoint<"admin">>();
    expectTypeOf(web.endpoints).not.toHaveProperty("http");
  });

  test("keeps its own props, and refuses what it decides itself", () => {
    // @ts-expect-error the handbook is required
    new AcmeWebService(shop, "web", { image });
    // @ts-expect-error there is no such size here
    new AcmeWebService(shop, "web", { image, handbook, size: "medium" });
    // @ts-expect-error the golden path decides the CPU
    new AcmeWebService(shop, "web", { image, handbook, cpu: 1 });
    // @ts-expect-error did you mean handbook?
    new AcmeWebService(shop, "web", { image, handbok: handbook });
    // @ts-expect-error not a key of an endpoint
    new AcmeWebService(shop, "web", { image, handbook, endpoints: { http: { prot: 80 } } });
  });

  test("is a web service to whoever takes one", () => {
    expectTypeOf<AcmeWebService>().toExtend<WebService>();
  });
});

describe("defaults of a golden path", () => {
  test("are of its own props", () => {
    defaultsFor(AcmeWebService, { size: "large", handbook });
    expectTypeOf<PropsOf<typeof AcmeWebService>>().toHaveProperty("handbook");
    // @ts-expect-error there is no such size here
    defaultsFor(AcmeWebService, { size: "medium" });
    // @ts-expect-error the golden path decides the CPU
    defaultsFor(AcmeWebService, { cpu: 1 });
  });

  test("in its code are checked too", () => {
    const props = { image, handbook } as const;
    // @ts-expect-error there is no such size here
    withDefaults(AcmeWebService, shop, props as AcmeProps, { size: "medium" });
  });
});

describe("an own construct", () => {
  test("gives values of its cloud resources as references", () => {
    class Store extends Component {
      public readonly url: Ref;
      public constructor(scope: Construct, id: string, create: () => Resource & { readonly url: string }) {
        super(scope, id);
        const handle = this.cloud("Thing", create);
        expectTypeOf(handle.get()).toEqualTypeOf<Resource & { readonly url: string }>();
        this.url = handle.output((thing) => thing.url);
        // @ts-expect-error there is no such member
        handle.output((thing) => thing.uri as string);
        // @ts-expect-error an object is no value
        handle.output(() => ({ url: "x" }));
      }
    }
    expectTypeOf<Store["url"]>().toEqualTypeOf<Ref>();
  });
});
