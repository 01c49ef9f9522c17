// The same objects as input of helm and kustomize: written once by hand, for as many services as asked for.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, loadAll } from "js-yaml";
import { onePass } from "./by-hand.ts";
import { serviceName, type Shape } from "./shape.ts";

type Json = { metadata: { namespace?: string; labels: Record<string, string> }; [field: string]: unknown };

/** Labels that kustomize adds to everything. */
const COMMON = ["app.kubernetes.io/managed-by", "app.kubernetes.io/part-of", "flagstone.dev/environment"];

/**
 * A chart whose templates say each object once. In few scopes it goes over a list of services, in many each service is a chart below.
 *
 * @returns arguments of helm
 */
export function helmInput(folder: string, shape: Shape): string[] {
  const names = namesOf(shape);
  const template = (value: string) => objectsOf(`{{ ${value} }}`).join("---\n");
  writeYaml(folder, "Chart.yaml", { apiVersion: "v2", name: "bench", version: "1.0.0" });
  if (shape.scopes === "few") {
    writeYaml(folder, "values.yaml", { services: names.map((name) => ({ name })) });
    write(folder, "templates/services.yaml", `{{- range .Values.services }}\n---\n${template(".name")}{{- end }}\n`);
  } else {
    for (const name of names) {
      const chart = join(folder, "charts", name);
      writeYaml(chart, "Chart.yaml", { apiVersion: "v2", name, version: "1.0.0" });
      writeYaml(chart, "values.yaml", { name });
      write(chart, "templates/service.yaml", template(".Values.name"));
    }
  }
  return ["template", "bench", folder, "--namespace", "shop"];
}

/**
 * A kustomization that adds the namespace and common labels. In few scopes its resources are files, in many they are kustomizations.
 *
 * @returns arguments of kustomize
 */
export function kustomizeInput(folder: string, shape: Shape): string[] {
  const names = namesOf(shape);
  for (const name of names) {
    const text = objectsOf(name, (json) => {
      delete json.metadata.namespace;
      for (const label of COMMON) Reflect.deleteProperty(json.metadata.labels, label);
    }).join("---\n");
    if (shape.scopes === "few") write(folder, `${name}.yaml`, text);
    else {
      write(folder, `${name}/service.yaml`, text);
      writeYaml(folder, `${name}/kustomization.yaml`, { resources: ["service.yaml"] });
    }
  }
  const [sample] = samples();
  writeYaml(folder, "kustomization.yaml", {
    namespace: "shop",
    labels: [{ pairs: Object.fromEntries(COMMON.map((label) => [label, sample!.metadata.labels[label]])) }],
    resources: names.map((name) => (shape.scopes === "few" ? `${name}.yaml` : name)),
  });
  return ["build", folder];
}

function namesOf(shape: Shape): string[] {
  return Array.from({ length: shape.services }, (_, i) => serviceName(i));
}

/** The objects of one service, under another name. */
function objectsOf(name: string, change: (json: Json) => void = () => undefined): string[] {
  return samples().map((json) => {
    change(json);
    return dump(json, { lineWidth: -1, noRefs: true }).replaceAll(serviceName(0), name);
  });
}

let sampleText: string | undefined;

function samples(): Json[] {
  sampleText ??= onePass({ services: 1, scopes: "few" }).join("---\n");
  return loadAll(sampleText) as Json[];
}

function writeYaml(folder: string, file: string, value: unknown): void {
  write(folder, file, dump(value, { lineWidth: -1 }));
}

function write(folder: string, file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
