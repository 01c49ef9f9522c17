import type { Problem } from "../core/findings";
import { checkKeys, show } from "../core/keys";
import type { EndpointConnection } from "../core/scope";

const API_VERSIONS: readonly unknown[] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
// Names of variables and flags whose values are credentials.
const SECRET_NAME = /token|secret|passw|credential|(private|access|api)[-_]?key/i;
// Names that hold such a word and say where a secret is, or how one is asked for, and not what it is.
const HARMLESS_NAME = /(file|path|url|uri|endpoint|type|mode)$/i;

/** Problems of how a cluster is reached by its address. */
export function checkEndpoint(given: Omit<EndpointConnection, "kind">): Problem[] {
  const { exec } = given;
  return [
    ...checkKeys("", given, ["server", "certificateAuthority", "exec"]),
    ...checkKeys("exec", exec, ["command", "args", "env", "apiVersion"]),
    ...checkServer(given.server),
    ...checkCertificate(given.certificateAuthority),
    ...(typeof exec?.command === "string" && exec.command.trim() !== ""
      ? []
      : [
          problem(
            `exec.command ${show(exec?.command)} is no command`,
            'name one that prints credentials, as in exec: { command: "aws", args: ["eks", "get-token", "--cluster-name", "main"] }',
          ),
        ]),
    ...(exec?.apiVersion === undefined || API_VERSIONS.includes(exec.apiVersion)
      ? []
      : [
          problem(
            `exec.apiVersion ${show(exec.apiVersion)} is not one that there is`,
            `use "${String(API_VERSIONS[0])}"`,
          ),
        ]),
    ...checkSecrets(exec),
  ];
}

function checkServer(server: unknown): Problem[] {
  const url = typeof server === "string" ? URL.parse(server) : null;
  if (url?.protocol !== "https:") {
    return [problem(`server ${show(server)} is no URL of an API server`, 'write it as "https://…", and as plain text')];
  }
  return url.username + url.password === "" ? [] : [secret("server has a user or password in its URL")];
}

function checkCertificate(authority: unknown): Problem[] {
  const text = typeof authority === "string" ? authority : "";
  if (Buffer.from(text, "base64").toString("latin1").includes("-----BEGIN CERTIFICATE-----")) return [];
  const isPem = text.includes("-----BEGIN CERTIFICATE-----");
  return [
    problem(
      `certificateAuthority ${show(isPem ? "-----BEGIN CERTIFICATE-----…" : authority)} is not a PEM certificate in base64`,
      isPem
        ? 'encode it: Buffer.from(pem).toString("base64")'
        : "take certificate-authority-data of a kubeconfig file, or what the cloud says of the cluster",
    ),
  ];
}

/** Whoever may read the platform's stack reads its contract. */
function checkSecrets(exec: EndpointConnection["exec"] | undefined): Problem[] {
  const flags = (exec?.args ?? []).flatMap((arg, i, args) => {
    const [flag = "", value] = arg.split("=", 2);
    const next = args[i + 1];
    const hasValue = value !== undefined || (next !== undefined && !next.startsWith("-"));
    return flag.startsWith("-") && hasValue ? [[`exec.args has ${flag}`, flag] as const] : [];
  });
  const variables = Object.keys(exec?.env ?? {}).map((name) => [`exec.env has ${name}`, name] as const);
  return [...flags, ...variables]
    .filter(([, name]) => SECRET_NAME.test(name) && !HARMLESS_NAME.test(name))
    .map(([what]) => secret(what));
}

function secret(what: string): Problem {
  return {
    rule: "cluster/secret",
    message: `${what}, and how a cluster is reached stands in the contract, where it is no secret`,
    fix: "let the command find its credentials where it runs: a profile, a variable of its environment, a workload identity",
  };
}

function problem(message: string, fix: string): Problem {
  return { rule: "cluster/endpoint", message, fix };
}
