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
  [Field.nodeName, "spec.nodeName"],
  [Field.namespace, "metadata.namespace"],
  [Field.label("app.kubernetes.io/version"), "metadata.labels['app.kubernetes.io/version']"],
])("%o is the field %s of the pod", (field, fieldPath) => {
  expect(field.source).toEqual({ kind: "pod-field", fieldPath });
});
