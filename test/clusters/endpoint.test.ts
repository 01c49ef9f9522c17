import { Application, Cluster, type ClusterEndpointProps, Tenant, WebService } from "flagstone";
import { planOf } from "flagstone/testing";
import { describe, expect, test } from "vitest";
import { checkEndpoint } from "../../lib/clusters/endpoint";
import { kubeconfigOf } from "../../lib/deploy/providers";
import { acme, brief, IMAGE } from "../testing/fixtures";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const endpoint: ClusterEndpointProps = {
  server: "https://10.0.0.1:6443",
  certificateAuthority: Buffer.from(PEM).toString("base64"),
  exec: {
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-central-1"],
    env: { AWS_PROFILE: "deploy" },
  },
};
const messages = (props: object): string[] =>
  checkEndpoint({ ...endpoint, ...props }).map(({ rule, message }) => `${rule}: ${message}`);

describe("a cluster that is reached by its address", () => {
  test("becomes a kubeconfig that asks the command who is there", () => {
    expect(JSON.parse(kubeconfigOf(endpoint))).toEqual({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "main",
          cluster: { server: endpoint.server, "certificate-authority-data": endpoint.certificateAuthority },
        },
      ],
      users: [
        {
          name: "main",
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1",
              command: "aws",
              args: ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-central-1"],
              env: [{ name: "AWS_PROFILE", value: "deploy" }],
              interactiveMode: "Never",
            },
          },
        },
      ],
      contexts: [{ name: "main", context: { cluster: "main", user: "main" } }],
      "current-context": "main",
    });
  });

  test("takes an older version of what the command prints", () => {
    const apiVersion = "client.authentication.k8s.io/v1beta1";
    const { users } = JSON.parse(kubeconfigOf({ ...endpoint, exec: { command: "aws", apiVersion } }));
    expect(users).toEqual([
      { name: "main", user: { exec: { apiVersion, command: "aws", args: [], env: [], interactiveMode: "Never" } } },
    ]);
  });

  test("has nothing wrong with it", () => {
    expect(messages({})).toEqual([]);
  });
});

describe("an address that is none", () => {
  test.each(["http://10.0.0.1", "10.0.0.1:6443", "", "${flagstone:token:1}", undefined])("is %s", (server) => {
    expect(messages({ server })).toEqual([
      expect.stringMatching(/^cluster\/endpoint: server .*is no URL of an API server$/),
    ]);
  });

  test("has a certificate authority that is not encoded, or is no certificate", () => {
    expect(messages({ certificateAuthority: PEM })).toEqual([
      'cluster/endpoint: certificateAuthority "-----BEGIN CERTIFICATE-----…" is not a PEM certificate in base64',
    ]);
    expect(messages({ certificateAuthority: "bm8=" })).toEqual([
      'cluster/endpoint: certificateAuthority "bm8=" is not a PEM certificate in base64',
    ]);
  });

  test("has no command, or keys that nothing reads", () => {
    expect(messages({ exec: { command: " ", arguments: [] } })).toEqual([
      'props/unknown: unknown property "exec.arguments"',
      'cluster/endpoint: exec.command " " is no command',
    ]);
    expect(messages({ exec: undefined })).toEqual(["cluster/endpoint: exec.command undefined is no command"]);
    expect(messages({ exec: { command: "aws", apiVersion: "v1" } })).toEqual([
      'cluster/endpoint: exec.apiVersion "v1" is not one that there is',
    ]);
  });
});

describe("a secret in how a cluster is reached", () => {
  test.each([
    [{ server: "https://admin:hunter2@10.0.0.1" }, "server has a user or password in its URL"],
    [{ exec: { command: "login", args: ["--token", "abc"] } }, "exec.args has --token"],
    [{ exec: { command: "login", args: ["--client-secret=abc"] } }, "exec.args has --client-secret"],
    [{ exec: { command: "aws", env: { AWS_SECRET_ACCESS_KEY: "abc" } } }, "exec.env has AWS_SECRET_ACCESS_KEY"],
    [{ exec: { command: "login", env: { db_password: "abc" } } }, "exec.env has db_password"],
  ])("is an error: %j", (props, says) => {
    expect(messages(props)).toEqual([
      `cluster/secret: ${says}, and how a cluster is reached stands in the contract, where it is no secret`,
    ]);
  });

  test.each([
    [["get-token", "--login", "azurecli"], {}],
    [["token", "--token-file", "/var/run/token"], { AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/token" }],
    [["--token", "--verbose"], { OIDC_TOKEN_URL: "https://sso.acme.example" }],
  ])("is none where only a place is named: %j", (args, env) => {
    expect(messages({ exec: { command: "login", args, env } })).toEqual([]);
  });
});

test("what is wrong with a cluster is a finding that names it, next to all others", async () => {
  const [eu, us] = [Cluster.fromEndpoint({ ...endpoint, server: "10.0.0.1" }), Cluster.fromEndpoint(endpoint)];
  const application = new Application("shop", { platform: acme, environments: { prod: { clusters: { eu, us } } } });
  application.run((environment) => new WebService(Tenant.fromName(environment, "shop"), "web", { image: "web" }));
  expect(brief((await planOf(application, "prod")).findings)).toEqual([
    'cluster/endpoint prod: cluster "eu": server "10.0.0.1" is no URL of an API server; write it as "https://…", and as plain text',
    expect.stringContaining("image/mutable prod/shop/web") as string,
  ]);
  expect(IMAGE).toContain("@sha256:");
});
