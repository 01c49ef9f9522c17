import { Field, Ref } from "flagstone";
import { describe, expect, test } from "vitest";

describe("a Ref", () => {
  const ref = Ref.secretKey({ name: "stripe", key: "api-key" });

  test("cannot be swallowed by a template string", () => {
    const swallow = () => `key=${ref as unknown as string}`;
    expect(swallow).toThrow(TypeError);
    expect(swallow).toThrow(
      "a Ref (secret-key) has no text: give it as the whole value, or use Token.asString(…) for an output",
    );
  });

  test("cannot be added to text", () => {
    expect(() => "key=" + (ref as unknown as string)).toThrow("a Ref (secret-key) has no text");
    expect(() => String(Field.podName)).toThrow("a Ref (pod-field) has no text");
    expect(() => String(Ref.configKey({ name: "a", key: "b" }))).toThrow("a Ref (config-key) has no text");
  });
});

test.each([
  [Field.podName, "metadata.name"],
  [Field.podIp, "status.podIP"],
  [Field.podUid, "metadata.uid"],
  [Field.nodeName, "spec.nodeName"],
  [Field.nodeIp, "status.hostIP"],
  [Field.serviceAccountName, "spec.serviceAccountName"],
  [Field.annotation("acme.example/zone"), "metadata.annotations['acme.example/zone']"],
  [Field.namespace, "metadata.namespace"],
  [Field.label("app.kubernetes.io/version"), "metadata.labels['app.kubernetes.io/version']"],
])("%o is the field %s of the pod", (field, fieldPath) => {
  expect(field.source).toEqual({ kind: "pod-field", fieldPath });
});

test.each([
  [Field.cpuRequest, "requests.cpu"],
  [Field.cpuLimit, "limits.cpu"],
  [Field.memoryRequest, "requests.memory"],
  [Field.memoryLimit, "limits.memory"],
  [Field.ephemeralStorageRequest, "requests.ephemeral-storage"],
  [Field.ephemeralStorageLimit, "limits.ephemeral-storage"],
])("%o is what the container has as %s", (field, resource) => {
  expect(field.source).toEqual({ kind: "resource-field", resource });
});
