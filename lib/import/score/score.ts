import { basename } from "node:path";
import { Fields } from "../fields";
import type { Manifests } from "../import";
import type { InputFile } from "../input/read";
import { type Json, type JsonMap, at, isMap, mapOf, mapsOf, textOf, said } from "../json";
import { dnsLabel } from "../names";
import { placeholders, type Resolve, resolver, type ScoreResource, scoreResource } from "./resources";

/** What Score files are translated with. */
export interface ScoreOptions {
  readonly tenant: string;
  readonly domain: string;
}

type Documents = readonly { readonly file: InputFile; readonly document: JsonMap }[];

/**
 * Workloads of Score as objects of Kubernetes, straightforwardly: those are then imported as any.
 *
 * @see https://docs.score.dev/docs/score-specification/score-spec-reference/
 */
export function scoreManifests(documents: Documents, options: ScoreOptions): Manifests {
  const workloads = new Map(documents.map(({ document }) => [nameOf(document), firstPort(document)]));
  const parts = documents.map(
    ({ document, file }) =>
      new ScoreWorkload(document, documents.length > 1 ? `${basename(file.path)}: ` : "", workloads, options),
  );
  const made = parts.map((part) => part.translate());
  const externals = new Map(
    parts.flatMap((part) =>
      part.externals.map((external): [string, JsonMap] => [said(at(external, "metadata", "name")), external]),
    ),
  );
  return {
    objects: [...externals.values(), ...made.flatMap(({ objects }) => objects)],
    runAfter: new Map(),
    comments: new Map([...made.flatMap(({ comments }) => comments), ...parts.flatMap((part) => part.todos)]),
    calls: new Map(parts.map((part) => [part.id, part.calls])),
    fields: parts.flatMap((part) => part.fields.report()),
    hints: parts.flatMap((part) => part.hints),
    name: documents.length === 1 ? parts[0]?.id : undefined,
  };
}

function nameOf(document: JsonMap): string {
  return dnsLabel(textOf(at(document, "metadata", "name")) ?? "", "workload");
}

function firstPort(document: JsonMap): number | undefined {
  const [first] = Object.values(mapOf(at(document, "service", "ports")));
  const port = mapOf(first)["port"];
  return typeof port === "number" ? port : undefined;
}

class ScoreWorkload {
  public readonly id: string;
  public readonly fields: Fields;
  public readonly externals: JsonMap[] = [];
  public readonly todos: [string, readonly string[]][] = [];
  public readonly calls: string[] = [];
  public readonly hints: string[] = [];
  private readonly resources: ReadonlyMap<string, ScoreResource>;
  private readonly resolve: Resolve;
  private readonly objects: JsonMap[] = [];
  private readonly volumes: JsonMap[] = [];

  public constructor(
    private readonly document: JsonMap,
    prefix: string,
    workloads: ReadonlyMap<string, number | undefined>,
    options: ScoreOptions,
  ) {
    this.id = nameOf(document);
    this.fields = new Fields(document, prefix);
    // As the platform's rule names the host of an endpoint.
    const [port = "http"] = Object.keys(mapOf(at(document, "service", "ports")));
    const host = `${this.id}${port === "http" ? "" : `-${port}`}.${options.tenant}.${options.domain}`;
    this.resources = new Map(
      Object.entries(mapOf(document["resources"])).map(([key, given]) => [
        key,
        scoreResource(key, mapOf(given), { workload: this.id, host, workloads }),
      ]),
    );
    this.resolve = resolver(document, this.resources);
  }

  public translate(): {
    readonly objects: readonly JsonMap[];
    readonly comments: readonly (readonly [string, readonly string[]])[];
  } {
    const { document, fields, id } = this;
    fields.expressed("apiVersion");
    fields.expressed("metadata", "name");
    const annotations = mapOf(at(document, "metadata", "annotations"));
    if (Object.keys(annotations).length > 0) fields.expressed("metadata", "annotations");
    for (const key of Object.keys(mapOf(document["metadata"])))
      if (!["name", "annotations"].includes(key))
        fields.lost(["metadata", key], "nothing of Flagstone is called so; placeholders with it are filled in");
    this.accountForResources();
    const comments: string[] = [];
    const containers = this.containers(comments);
    const labels = { "app.kubernetes.io/name": id };
    const template: JsonMap = {
      metadata: { labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: { containers, ...(this.volumes.length > 0 ? { volumes: this.volumes } : {}) },
    };
    this.objects.push({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: id },
      spec: { selector: { matchLabels: labels }, template },
    });
    this.service();
    this.routes();
    return { objects: this.objects, comments: [[id, comments]] };
  }

  private accountForResources(): void {
    for (const [key, given] of Object.entries(mapOf(this.document["resources"]))) {
      const resource = this.resources.get(key);
      if (!resource) continue;
      this.fields.changed(["resources", key], resource.rule);
      for (const extra of ["class", "metadata"]) {
        if (mapOf(given)[extra] !== undefined)
          this.fields.lost(["resources", key, extra], "whoever provides the resource reads it");
      }
      const params = mapOf(given)["params"];
      if (params !== undefined && resource.rule === "score/resource")
        this.fields.lost(["resources", key, "params"], "whoever provides the resource reads it");
      if (resource.external) this.addExternal(resource, resource.external);
      if (resource.rule === "score/service") this.calls.push(`http://${resource.name}`);
      if (resource.rule === "score/resource" && !resource.external)
        this.hints.push(
          `nothing is known of resources of type "${resource.type}": what "${key}" gives is read from the ConfigMap and the Secret "${resource.name}", which somebody has to make`,
        );
    }
  }

  /** What stands for a resource that nobody provides yet. */
  private addExternal(resource: ScoreResource, { host, port }: { readonly host: string; readonly port: number }): void {
    this.externals.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: resource.name },
      spec: { type: "ExternalName", externalName: host, ports: [{ port }] },
    });
    this.calls.push(`${host}:${port}`);
    if (resource.todo !== undefined) this.todos.push([resource.name, [resource.todo]]);
    this.hints.push(
      `somebody has to provide the ${resource.type} "${resource.name}": say its address in the program, and make the Secret "${resource.name}" with what is secret of it`,
    );
  }

  /** The container that is called like the workload, or main, comes first. */
  private containers(comments: string[]): JsonMap[] {
    const given = Object.entries(mapOf(this.document["containers"]));
    const own = given.find(([name]) => name === this.id || name === "main") ?? given[0];
    const ordered = own ? [own, ...given.filter((entry) => entry !== own)] : given;
    return ordered.map(([name, container]) => this.container(name, mapOf(container), name === own?.[0], comments));
  }

  private container(key: string, container: JsonMap, isOwn: boolean, comments: string[]): JsonMap {
    const path = ["containers", key];
    const name = dnsLabel(key, "container");
    const mounts: JsonMap[] = [];
    this.addFiles(key, container, mounts);
    this.addVolumes(key, container, mounts);
    const words = (field: string): JsonMap => {
      const list = container[field];
      if (!Array.isArray(list)) return {};
      this.fields.expressed(...path, field);
      return { [field]: list.map((word) => this.plainText(said(word as string), [...path, field])) };
    };
    const probes = ["livenessProbe", "readinessProbe", "startupProbe"].flatMap((field): [string, Json][] => {
      if (!isMap(container[field])) return [];
      this.fields.expressed(...path, field);
      return [[field, container[field]]];
    });
    if (container["resources"] !== undefined) this.fields.expressed(...path, "resources");
    const env = this.variables(key, container);
    const ports = isOwn ? this.containerPorts() : [];
    return {
      name,
      image: this.image(key, container, comments),
      ...words("command"),
      ...words("args"),
      ...(env.length > 0 ? { env } : {}),
      ...(isMap(container["resources"]) ? { resources: container["resources"] } : {}),
      ...(ports.length > 0 ? { ports } : {}),
      ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
      ...Object.fromEntries(probes),
    };
  }

  private image(key: string, container: JsonMap, comments: string[]): string {
    const image = textOf(container["image"]);
    const path = ["containers", key, "image"];
    if (image !== undefined && image !== "." && image !== "") {
      this.fields.expressed(...path);
      return image;
    }
    this.fields.changed(path, "score/image");
    comments.push("TODO: this image is built. Build it in your pipeline, and say its name here.");
    return `registry.todo.example/${this.id}:0.0.0`;
  }

  private containerPorts(): JsonMap[] {
    return Object.values(mapOf(at(this.document, "service", "ports"))).flatMap((port) => {
      const { port: own, targetPort, protocol } = mapOf(port);
      const containerPort = targetPort ?? own;
      return containerPort === undefined ? [] : [{ containerPort, ...(protocol === "UDP" ? { protocol } : {}) }];
    });
  }

  /** Variables; of text with values that are kept elsewhere inside, each such value is a variable of its own before it. */
  private variables(key: string, container: JsonMap): JsonMap[] {
    const env: JsonMap[] = [];
    const add = (variable: JsonMap): void => {
      if (!env.some(({ name }) => name === variable["name"])) env.push(variable);
    };
    for (const [name, value] of Object.entries(mapOf(container["variables"]))) {
      const path = ["containers", key, "variables", name];
      const parts = placeholders(said(value));
      if (parts.every((part) => typeof part === "string")) this.fields.expressed(...path);
      else this.fields.changed(path, "score/placeholder");
      const outputs = parts.map((part) =>
        typeof part === "string" ? part : { part, output: this.resolve(part.reference) },
      );
      const [only, ...more] = outputs;
      if (typeof only === "object" && more.length === 0 && only.output?.kind === "key") {
        add({ name, valueFrom: keyRef(only.output) });
        continue;
      }
      const text = outputs.map((each) => {
        if (typeof each === "string") return escaped(each);
        const { output, part } = each;
        if (!output) {
          this.fields.lost(path, `nobody knows \${${part.reference}}`);
          return "";
        }
        if (output.kind === "text") return escaped(output.text);
        const helper = part.reference
          .replace(/^resources\./, "")
          .replace(/[^A-Za-z0-9]+/g, "_")
          .toUpperCase();
        add({ name: helper, valueFrom: keyRef(output) });
        return `$(${helper})`;
      });
      add({ name, value: text.join("") });
    }
    return env;
  }

  /** Text whose placeholders are all known. */
  private plainText(text: string, path: readonly (string | number)[]): string {
    return placeholders(text)
      .map((part) => {
        if (typeof part === "string") return part;
        const output = this.resolve(part.reference);
        if (output?.kind === "text") return output.text;
        this.fields.lost(path, `\${${part.reference}} is known only where it is kept: give it to a variable`);
        return `\${${part.reference}}`;
      })
      .join("");
  }

  /** Files are a map by path, or a list in older versions. */
  private addFiles(key: string, container: JsonMap, mounts: JsonMap[]): void {
    const given = container["files"];
    const entries: [string, string | number, JsonMap][] = Array.isArray(given)
      ? mapsOf(given).map((file, i) => [textOf(file["target"]) ?? "", i, file])
      : Object.entries(mapOf(given)).map(([path, file]) => [path, path, mapOf(file)]);
    entries.forEach(([target, index, file], i) => {
      const path = ["containers", key, "files", index];
      const content = Array.isArray(file["content"]) ? file["content"].map(said).join("\n") : textOf(file["content"]);
      if (content === undefined) {
        this.fields.lost(path, "its content is in another file, or no text: say it in files");
        return;
      }
      this.fields.expressed(...path);
      const text = file["noExpand"] === true ? content : this.plainText(content, path);
      const name = dnsLabel(`${this.id}-${key}-file-${i}`, "file");
      const base = target.slice(target.lastIndexOf("/") + 1) || "file";
      const mode = file["mode"] === undefined ? undefined : Number.parseInt(said(file["mode"]), 8);
      this.objects.push({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [base]: text } });
      this.volumes.push({ name, configMap: { name, ...(mode === undefined ? {} : { defaultMode: mode }) } });
      mounts.push({ name, mountPath: target, subPath: base });
    });
  }

  /** Volumes are a map by path, or a list in older versions. */
  private addVolumes(key: string, container: JsonMap, mounts: JsonMap[]): void {
    const given = container["volumes"];
    const entries: [string, string | number, JsonMap][] = Array.isArray(given)
      ? mapsOf(given).map((volume, i) => [textOf(volume["target"]) ?? "", i, volume])
      : Object.entries(mapOf(given)).map(([path, volume]) => [path, path, mapOf(volume)]);
    for (const [target, index, volume] of entries) {
      const source = this.plainText(textOf(volume["source"]) ?? "data", ["containers", key, "volumes", index]);
      const name = dnsLabel(source, "data");
      const claimName = `${this.id}-${name}`;
      this.fields.changed(["containers", key, "volumes", index], "score/volume");
      if (!this.volumes.some((each) => each["name"] === name)) {
        this.volumes.push({ name, persistentVolumeClaim: { claimName } });
        this.objects.push({
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: claimName },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        });
      }
      mounts.push({
        name,
        mountPath: target,
        ...(typeof volume["path"] === "string" && volume["path"] !== "" ? { subPath: volume["path"] } : {}),
        ...(volume["readOnly"] === true || volume["read_only"] === true ? { readOnly: true } : {}),
      });
    }
  }

  private service(): void {
    const given = Object.entries(mapOf(at(this.document, "service", "ports")));
    if (given.length === 0) return;
    this.fields.expressed("service", "ports");
    this.objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: this.id },
      spec: {
        selector: { "app.kubernetes.io/name": this.id },
        ports: given.map(([name, port]) => {
          const { port: own, targetPort, protocol } = mapOf(port);
          return {
            name,
            port: own ?? targetPort ?? null,
            targetPort: targetPort ?? own ?? null,
            ...(protocol === undefined ? {} : { protocol }),
          };
        }),
      },
    });
  }

  /** A route leads from a host and a path to a port of the workload. */
  private routes(): void {
    for (const [key, given] of Object.entries(mapOf(this.document["resources"]))) {
      if (mapOf(given)["type"] !== "route") continue;
      const params = mapOf(mapOf(given)["params"]);
      const path = ["resources", key, "params"];
      const host = this.plainText(textOf(params["host"]) ?? "", path);
      const port = Number(this.plainText(said(params["port"] ?? firstPort(this.document) ?? 80), path));
      this.objects.push({
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: dnsLabel(`${this.id}-${key}`, "route") },
        spec: {
          rules: [
            {
              host,
              http: {
                paths: [
                  {
                    path: textOf(params["path"]) ?? "/",
                    pathType: "Prefix",
                    backend: { service: { name: this.id, port: { number: port } } },
                  },
                ],
              },
            },
          ],
        },
      });
    }
  }
}

function keyRef(output: { readonly of: "secret" | "config"; readonly name: string; readonly key: string }): JsonMap {
  const ref = { name: output.name, key: output.key };
  return output.of === "secret" ? { secretKeyRef: ref } : { configMapKeyRef: ref };
}

/** The kubelet takes `$$` for `$`. */
function escaped(text: string): string {
  return text.replaceAll("$$", "$$$$");
}
