import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { ImportReport } from "../../lib/import/report.ts";
import { flagstone, folder, main } from "./command.ts";

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "registry.acme.example/shop/web:1.0.0", ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;

describe("flagstone import", () => {
  test("writes a program that synth renders at once", async () => {
    const at = folder({ "shop.yaml": WEB });
    const { code, stdout, stderr } = await flagstone(at, ["import", "shop.yaml", "--out", "program"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("WebService  web");
    expect(stdout).toContain("proved: what it renders is what was imported");
    expect(readdirSync(join(at, "program")).sort()).toEqual([
      "Pulumi.yaml",
      "import-report.md",
      "index.ts",
      "package.json",
      "platform.ts",
      "tsconfig.json",
    ]);
    const rendered = await flagstone(at, ["synth", "program", "--out", "rendered"]);
    expect(rendered.code).toBe(0);
    expect(existsSync(join(at, "rendered/dev/main/shop/deployment-web.yaml"))).toBe(true);
  });

  test("says what is not deployed, and claims nothing of it", async () => {
    const job = `---
apiVersion: batch/v1
kind: Job
metadata: { name: tidy, annotations: { helm.sh/hook: "post-install,post-upgrade" } }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: tidy, image: "registry.acme.example/shop/web:1.0.0" }] } } }
`;
    const at = folder({ "shop.yaml": `${WEB}${job}` });
    const { code, stdout } = await flagstone(at, ["import", "shop.yaml"]);
    expect(code).toBe(0);
    expect(stdout).toContain("1 object of Helm is not deployed\n  batch/Job/-/tidy  helm/post-hook\n");
    expect(stdout).toContain("look at Helm ran batch/Job/-/tidy at post-install, post-upgrade, and nothing runs it");
    expect(stdout).toContain(
      "proved: what it renders is what was imported, but for what is not deployed and these intended differences",
    );
  });

  test("prints its report as JSON, and nothing else", async () => {
    const at = folder({ "shop.yaml": WEB });
    const { stdout } = await flagstone(at, ["import", "shop.yaml", "--json"]);
    const report = JSON.parse(stdout) as ImportReport;
    expect(report).toMatchObject({ from: "kubernetes", out: "imported", unexplained: [], kept: [] });
    expect(report.rules.every(({ sentence }) => sentence !== "")).toBe(true);
  });

  test("reads standard input, as from helm template", () => {
    const at = folder({});
    const { status, stdout } = spawnSync(process.execPath, [main, "import", "-", "--tenant", "shop"], {
      cwd: at,
      input: WEB,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toContain("proved");
  });

  test("finds out what it reads, and is told otherwise by --from", async () => {
    const at = folder({ "compose.yaml": 'services: { web: { image: "nginx:1.29.3" } }\n', "other.yaml": "a: 1\n" });
    const found = await flagstone(at, ["import", "compose.yaml", "--json", "--out", "a"]);
    expect((JSON.parse(found.stdout) as ImportReport).from).toBe("compose");
    const told = await flagstone(at, ["import", "other.yaml", "--out", "b"]);
    expect(told.code).toBe(2);
    expect(told.stderr).toContain("--from says what it is");
    expect((await flagstone(at, ["import", "other.yaml", "--from", "helm"])).stderr).toContain(
      "--from helm is not known",
    );
  });

  test("leaves alone what somebody wrote, unless --force says otherwise", async () => {
    const at = folder({ "shop.yaml": WEB, "mine/index.ts": "// mine\n", "mine/kept/old.yaml": "old: true\n" });
    const refused = await flagstone(at, ["import", "shop.yaml", "--out", "mine"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("mine is not empty");
    expect(readFileSync(join(at, "mine/index.ts"), "utf8")).toBe("// mine\n");
    const forced = await flagstone(at, ["import", "shop.yaml", "--out", "mine", "--force"]);
    expect(forced.code).toBe(0);
    expect(existsSync(join(at, "mine/kept"))).toBe(false);
  });

  test("writes an application's program where a platform is there", async () => {
    const facts = `import { definePlatform } from "flagstone";
export const acme = definePlatform("acme", {
  domain: "acme.example",
  environments: { dev: {}, prod: { tier: "production", stack: "organization/acme-platform/prod" } },
  tenants: { shop: { namespaces: ["shop-web"] } },
});
`;
    const at = folder({ "shop.yaml": WEB, "facts.ts": facts });
    const { code, stderr } = await flagstone(at, [
      "import",
      "shop.yaml",
      "--platform",
      "./facts.ts#acme",
      "--out",
      "program",
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const text = readFileSync(join(at, "program/index.ts"), "utf8");
    expect(text).toContain('import { acme } from "../facts.ts";');
    expect(text).toContain(
      'new Application("shop", { platform: acme, environments: { dev: { clusters: Cluster.fromKubeconfig() } } })',
    );
    expect(text).toContain("replicas: 1");
    expect(existsSync(join(at, "program/platform.ts"))).toBe(false);
    const unknown = await flagstone(at, [
      "import",
      "shop.yaml",
      "--platform",
      "./facts.ts#acme",
      "--tenant",
      "shap",
      "--out",
      "b",
    ]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('did you mean "shop"?');
  });

  test.each([
    [["import"], "missing required argument 'paths'"],
    [["import", "nothing.yaml"], "there is no file or folder nothing.yaml"],
    [["import", "template.yaml"], "import what helm template prints"],
    [["import", "shop.yaml", "--platform", "./none.ts#x"], "--platform ./none.ts#x cannot be loaded"],
  ])("says what is wrong with %j", async (args, message) => {
    const at = folder({ "shop.yaml": WEB, "template.yaml": "{{ if .Values.x }}\na: 1\n{{ end }}\n" });
    const { code, stderr } = await flagstone(at, args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test("leaves as it was what Flagstone refuses", async () => {
    const at = folder({ "shop.yaml": WEB.replace("port: 80,", "port: 0,") });
    const { code, stdout } = await flagstone(at, ["import", "shop.yaml"]);
    expect(stdout).toContain("Flagstone refuses it");
    expect(code).toBe(0);
  });

  test("fails where the program has errors, and says which", async () => {
    const ingress = (name: string) => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec:
  rules: [{ host: a.example, http: { paths: [{ path: /, pathType: Exact, backend: { service: { name: web, port: { number: 80 } } } }] } }]
`;
    const at = folder({ "shop.yaml": `${WEB}${ingress("one")}${ingress("two")}` });
    const { code, stderr } = await flagstone(at, ["import", "shop.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain('host "a.example"');
    expect(existsSync(join(at, "imported/import-report.md"))).toBe(true);
  });
});
