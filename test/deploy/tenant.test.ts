import { ApiObject } from "cdk8s";
import { expect, test } from "vitest";
import { objectsOf, resourceOf, upOf } from "../engine/engine.ts";
import { namesOf, platformOf } from "./programs.ts";

const accounts = async (program: ReturnType<typeof platformOf>) =>
  namesOf(objectsOf(await upOf(program, "prod"))).filter((name) => name.includes(":ServiceAccount"));

test("the default account of a namespace, which Kubernetes makes, is not created but patched", async () => {
  const program = platformOf((shop) => {
    new ApiObject(shop, "robot", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } });
  });
  expect(await accounts(program)).toEqual([
    "kubernetes:core/v1:ServiceAccount eu/shop/robot",
    "kubernetes:core/v1:ServiceAccount us/shop/robot",
    "kubernetes:core/v1:ServiceAccountPatch eu/shop/default",
    "kubernetes:core/v1:ServiceAccountPatch us/shop/default",
  ]);
  const patch = resourceOf(await upOf(program, "prod"), "kubernetes:core/v1:ServiceAccountPatch", "eu/shop/default");
  expect(patch.inputs).toMatchObject({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "shop" },
    automountServiceAccountToken: false,
  });
});
