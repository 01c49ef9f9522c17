import { createRequire } from "node:module";

const load = createRequire(__filename);

/** Pulumi's SDK, loaded when it is first needed: importing it costs more than rendering a small program. */
export function loadPulumi(): typeof import("@pulumi/pulumi") {
  return load("@pulumi/pulumi") as typeof import("@pulumi/pulumi");
}

/** The provider of Kubernetes, without the thousand classes beside it. */
export function loadKubernetesProvider(): typeof import("@pulumi/kubernetes/provider") {
  return load("@pulumi/kubernetes/provider.js") as typeof import("@pulumi/kubernetes/provider");
}

/** The provider of AWS, an optional peer dependency. */
export function loadAwsProvider(): typeof import("@pulumi/aws/provider") {
  return load("@pulumi/aws/provider.js") as typeof import("@pulumi/aws/provider");
}
