import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { ApiObject } from "cdk8s";
import { Component, type FlagstoneError, WebService } from "flagstone";
import { expect, test, vi } from "vitest";
import { attemptOf, upOf } from "../engine/engine.ts";
import { platformOf } from "./programs.ts";

const IMAGE = "registry.acme.example/web:1.0.0";
const AWS = { aws: { region: "eu-central-1" } };

class Uploads extends Component {
  constructor(scope: Component, id: string, called: () => void = () => undefined) {
    super(scope, id);
    this.cloud("Bucket", (name, options) => {
      called();
      return new Bucket(name, {}, options);
    });
  }
}

test("a program with an error registers nothing, calls no cloud function, and says all that is wrong", async () => {
  const called = vi.fn();
  const program = platformOf((shop) => {
    new Uploads(shop, "uploads", called);
    new WebService(shop, "latest", { image: "registry.acme.example/web:latest" });
    new WebService(shop, "fine", { image: IMAGE });
    new WebService(shop, "ports", { image: IMAGE, endpoints: { http: { port: 70_000 } } });
  }, AWS);
  const { resources, error } = await attemptOf(program, "dev");
  expect(resources).toEqual([]);
  expect(called).not.toHaveBeenCalled();
  expect((error as FlagstoneError).name).toBe("FlagstoneError");
  const { message } = error as FlagstoneError;
  expect(message).toMatch(/^acme cannot be deployed to dev: 2 errors/);
  expect(message).toContain("error: dev/shop/latest: ");
  expect(message).toContain("error: dev/shop/ports: endpoints.http.port 70000 is not a port");
});

test("a program that throws half-way registers nothing, and the other findings are told too", async () => {
  const called = vi.fn();
  const program = platformOf((shop) => {
    new Uploads(shop, "uploads", called);
    new WebService(shop, "latest", { image: "registry.acme.example/web:latest" });
    throw new TypeError("out of coffee");
  }, AWS);
  const { resources, error } = await attemptOf(program, "prod");
  expect(resources).toEqual([]);
  expect(called).not.toHaveBeenCalled();
  expect((error as Error).message).toContain("error: prod: the program threw: out of coffee");
  expect((error as Error).message).toContain("error: prod/shop/latest: ");
});

test("what making an object throws stops everything as well", async () => {
  const program = platformOf((shop) => {
    new Uploads(shop, "uploads");
    new WebService(shop, "web", {
      image: IMAGE,
      transform: {
        deployment: () => {
          throw new TypeError("no such field");
        },
      },
    });
  }, AWS);
  const { resources, error } = await attemptOf(program, "dev");
  expect(resources).toEqual([]);
  expect((error as Error).message).toContain("transform.deployment: no such field");
});

test("two objects that would be one stop everything", async () => {
  const program = platformOf((shop) => {
    new WebService(shop, "web", { image: IMAGE });
    new ApiObject(shop, "twin", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web" } });
  });
  const { resources, error } = await attemptOf(program, "dev");
  expect(resources).toEqual([]);
  expect((error as Error).message).toContain('ServiceAccount "web" in namespace "shop"');
});

test("a stack that is no environment is refused, with the names of those that are", async () => {
  const program = platformOf(() => undefined);
  const { resources, error } = await attemptOf(program, "staging");
  expect(resources).toEqual([]);
  expect((error as Error).message).toMatch(/acme has no environment "staging".*"dev".*"prod"/s);
});

test("a stack whose name is nearly an environment's is told which", async () => {
  const { error } = await attemptOf(
    platformOf(() => undefined),
    "prood",
  );
  expect((error as Error).message).toContain('did you mean "prod"');
});

test("warnings are logged, and stop nothing", async () => {
  const logged = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const { resources } = await upOf(
    platformOf((shop) => new WebService(shop, "web", { image: IMAGE })),
    "prod",
  );
  const lines = logged.mock.calls.flat().join("\n");
  logged.mockRestore();
  expect(lines).toContain(`warning: prod/shop/web: image "${IMAGE}" is pinned by a tag`);
  expect(resources.length).toBeGreaterThan(5);
});

test("in each environment only its own mistakes count", async () => {
  const program = platformOf((shop, environment) => {
    new WebService(shop, "web", { image: environment.name === "prod" ? "registry.acme.example/web:latest" : IMAGE });
  });
  expect((await upOf(program, "dev")).contract.environment).toBe("dev");
  expect((await attemptOf(program, "prod")).resources).toEqual([]);
});
