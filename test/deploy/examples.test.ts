import { beforeAll, describe, expect, test } from "vitest";
import { registeredPrograms } from "../../lib/core/host.ts";
import { type Computed, resourceOf, type Stacks, UNKNOWN, upOf } from "../engine/engine.ts";
import { registeredObjects, renderedObjects } from "./programs.ts";

// The examples run as a user's program does: importing one declares it.
beforeAll(async () => {
  await import("../../examples/quickstart/index.ts");
  await import("../../examples/acme/platform/main.ts");
  await import("../../examples/acme/payments/index.ts");
  await import("../../examples/acme/shop/index.ts");
  await import("../../examples/uploads/index.ts");
});

const BUCKET = "media-uploads-bucket-1a2b3c";
const programOf = (name: string) => registeredPrograms().find((candidate) => candidate.name === name)!;
/** What the platform's stack exports, for the programs that are deployed on it. */
const platformIn = async (environment: string): Promise<Stacks> => ({
  [`organization/acme-platform/${environment}`]: (await upOf(programOf("acme"), environment)).wire,
});

const computed: Computed = ({ type }) => (type === "aws:s3/bucket:Bucket" ? { bucket: BUCKET } : undefined);

describe.each([
  ["quickstart", ["dev"]],
  ["acme", ["dev", "prod"]],
  ["payments", ["dev", "prod"]],
  ["shop", ["dev", "prod"]],
])("the example program of %s", (name, environments) => {
  const program = () => programOf(name);

  test("is tried in all of its environments", () => {
    expect(program().environmentNames).toEqual(environments);
  });

  test.each(environments)("registers in %s what it renders, field by field", async (environment) => {
    const registered = registeredObjects(await upOf(program(), environment, { stacks: await platformIn(environment) }));
    expect(Object.keys(registered)).not.toEqual([]);
    expect(registered).toEqual(renderedObjects(program(), environment));
  });

  test.each(environments)("previews in %s what it then does, with nothing unknown", async (environment) => {
    const stacks = await platformIn(environment);
    const preview = await upOf(program(), environment, { preview: true, stacks });
    expect(preview.resources.flatMap(({ unknown }) => unknown)).toEqual([]);
    expect(registeredObjects(preview)).toEqual(registeredObjects(await upOf(program(), environment, { stacks })));
  });

  test.each(environments)("exports for %s who it is, and nothing that needs a secret", async (environment) => {
    const { outputs, decoded } = await upOf(program(), environment, { stacks: await platformIn(environment) });
    expect(Object.keys(outputs)).toEqual(["flagstone"]);
    expect(outputs).toMatchObject({ flagstone: { contractVersion: 1, program: name, environment } });
    expect(decoded.secrets).toEqual([]);
  });
});

describe("the example program with a cloud resource", () => {
  const program = () => programOf("uploads");

  test.each(["dev", "prod"])(
    "registers in %s what it renders, and the Secret that carries an output",
    async (stack) => {
      const registered = registeredObjects(await upOf(program(), stack, { computed }));
      const { "main v1 Secret media gallery-outputs": carrier, ...others } = registered;
      expect(carrier).toMatchObject({ stringData: { BUCKET } });
      const digest = { "flagstone.dev/outputs-hash": expect.stringMatching(/^[0-9a-f]{16}$/) as unknown };
      const rendered = renderedObjects(program(), stack);
      // The digest of what the Secret holds is known to Pulumi only.
      const deployment = rendered["main apps/v1 Deployment media gallery"] as any;
      Object.assign(deployment.spec.template.metadata.annotations, digest);
      expect(others).toEqual(rendered);
    },
  );

  test("previews with that output unknown", async () => {
    const preview = await upOf(program(), "prod", { computed, preview: true });
    const { inputs } = resourceOf(preview, "kubernetes:core/v1:Secret", "main/media/gallery-outputs");
    expect(inputs["stringData"]).toEqual({ BUCKET: UNKNOWN });
  });
});
