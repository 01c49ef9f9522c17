import { Ref, type Scaling, Trigger } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, rulesOf } from "../../testing/fixtures";
import { inCluster } from "./clusters";

const metadataOf = async (trigger: Trigger) => {
  const env = { URL: "x", USER: "x", PASSWORD: Ref.secretKey({ name: "queue", key: "password" }), KEY: "x" };
  const plan = await inCluster({ env, replicas: { min: 0, max: 2, triggers: { it: trigger } } });
  expect(plan.findings).toEqual([]);
  const { triggers } = plan.object("ScaledObject", "web")["spec"] as { triggers: object[] };
  return triggers[0];
};
const findingsOf = async (trigger: unknown) => {
  const triggers = { it: trigger } as Scaling["triggers"];
  const { findings } = await inCluster({ env: { URL: "x" }, replicas: { min: 0, max: 2, triggers } });
  return brief(findings).map((text) => text.replace(" dev/shop/web", ""));
};
const cluster = { kind: "ClusterTriggerAuthentication" };

describe("a trigger", () => {
  test.each<[string, Trigger, object]>([
    [
      "by the clock",
      Trigger.cron({ start: "0 11 * * 1-5", end: "30 14 * * 1-5", timeZone: "Europe/Berlin", replicas: 8 }),
      {
        type: "cron",
        name: "it",
        metadata: {
          timezone: "Europe/Berlin",
          start: "0 11 * * 1-5",
          end: "30 14 * * 1-5",
          desiredReplicas: "8",
        },
      },
    ],
    [
      "by a queue of RabbitMQ",
      Trigger.rabbitMq({ hostFromEnv: "URL", queue: "orders", perReplica: 0.5, vhost: "/", protocol: "http" }),
      {
        type: "rabbitmq",
        name: "it",
        metadata: {
          queueName: "orders",
          mode: "QueueLength",
          value: "0.5",
          hostFromEnv: "URL",
          protocol: "http",
          vhostName: "/",
        },
      },
    ],
    [
      "by a queue of RabbitMQ that the platform has the address of",
      Trigger.rabbitMq({
        queue: "orders",
        perReplica: 5,
        authentication: { name: "mq", kind: "TriggerAuthentication" },
      }),
      {
        type: "rabbitmq",
        name: "it",
        metadata: { queueName: "orders", mode: "QueueLength", value: "5" },
        authenticationRef: { kind: "TriggerAuthentication", name: "mq" },
      },
    ],
    [
      "by a queue of SQS that KEDA itself may read",
      Trigger.sqs({ queueUrl: "https://sqs/q", region: "eu-central-1", perReplica: 100 }),
      {
        type: "aws-sqs-queue",
        name: "it",
        metadata: {
          queueURL: "https://sqs/q",
          awsRegion: "eu-central-1",
          queueLength: "100",
          identityOwner: "operator",
        },
      },
    ],
    [
      "by a queue of SQS with an identity",
      Trigger.sqs({ queueUrlFromEnv: "URL", region: "eu-central-1", perReplica: 1, authentication: { name: "aws" } }),
      {
        type: "aws-sqs-queue",
        name: "it",
        metadata: { queueURLFromEnv: "URL", awsRegion: "eu-central-1", queueLength: "1" },
        authenticationRef: { ...cluster, name: "aws" },
      },
    ],
    [
      "by a queue of SQS with an access key",
      Trigger.sqs({
        queueUrlFromEnv: "URL",
        region: "eu-central-1",
        perReplica: 1,
        accessKeyIdFromEnv: "KEY",
        secretAccessKeyFromEnv: "PASSWORD",
      }),
      {
        type: "aws-sqs-queue",
        name: "it",
        metadata: {
          queueURLFromEnv: "URL",
          awsRegion: "eu-central-1",
          queueLength: "1",
          awsAccessKeyIDFromEnv: "KEY",
          awsSecretAccessKeyFromEnv: "PASSWORD",
        },
      },
    ],
    [
      "by a topic of Kafka",
      Trigger.kafka({
        bootstrapServers: ["a:9092", "b:9092"],
        consumerGroup: "billing",
        topic: "events",
        perReplica: 500,
        tls: true,
        sasl: "scram_sha512",
        authentication: { name: "kafka" },
      }),
      {
        type: "kafka",
        name: "it",
        metadata: {
          bootstrapServers: "a:9092,b:9092",
          consumerGroup: "billing",
          topic: "events",
          lagThreshold: "500",
          tls: "enable",
          sasl: "scram_sha512",
        },
        authenticationRef: { ...cluster, name: "kafka" },
      },
    ],
    [
      "by a topic of Kafka whose brokers a variable has",
      Trigger.kafka({ bootstrapServersFromEnv: "URL", consumerGroup: "b", topic: "e", perReplica: 1, tls: false }),
      {
        type: "kafka",
        name: "it",
        metadata: {
          bootstrapServersFromEnv: "URL",
          consumerGroup: "b",
          topic: "e",
          lagThreshold: "1",
          tls: "disable",
        },
      },
    ],
    [
      "by a list of Redis",
      Trigger.redisList({
        addressFromEnv: "URL",
        list: "mail",
        perReplica: 20,
        database: 3,
        tls: true,
        usernameFromEnv: "USER",
        passwordFromEnv: "PASSWORD",
      }),
      {
        type: "redis",
        name: "it",
        metadata: {
          addressFromEnv: "URL",
          listName: "mail",
          listLength: "20",
          databaseIndex: "3",
          enableTLS: "true",
          usernameFromEnv: "USER",
          passwordFromEnv: "PASSWORD",
        },
      },
    ],
    [
      "by a query of Prometheus",
      Trigger.prometheus({ server: "http://prometheus:9090", query: "sum(backlog)", perReplica: 0.25 }),
      {
        type: "prometheus",
        name: "it",
        metadata: { serverAddress: "http://prometheus:9090", query: "sum(backlog)", threshold: "0.25" },
      },
    ],
  ])("%s has what KEDA asks for, all of it as strings", async (_, trigger, made) => {
    expect(await metadataOf(trigger)).toEqual(made);
  });

  const cron = { start: "0 8 * * *", end: "0 9 * * *", replicas: 1 };
  const where = "replicas.triggers.it";
  test.each<[string, unknown, readonly string[]]>([
    [
      "what is none",
      "rabbitmq",
      [`trigger/invalid: ${where} "rabbitmq" is no trigger; use Trigger.of(…), or one of its kin`],
    ],
    [
      "use of CPU, which is said otherwise",
      Trigger.of("cpu", { value: "60" }),
      [`trigger/invalid: ${where} is for use of cpu; say replicas.cpu in percent instead`],
    ],
    ["no scaler", Trigger.of("", {}), [`trigger/invalid: ${where} names no scaler; name one of KEDA's`]],
    [
      "settings that are not strings",
      Trigger.of("mysql", { queryValue: 5 as unknown as string }),
      [`trigger/invalid: ${where}.queryValue 5 is no string, which KEDA takes only; write "5"`],
    ],
    [
      "nobody to get in as",
      Trigger.of("mysql", {}, { name: "" }),
      [`trigger/invalid: ${where}.authentication.name is not said; say it`],
    ],
    [
      "a variable that the workload does not have",
      Trigger.of("mysql", { connectionStringFromEnv: "DATABASE" }),
      [
        `trigger/variable: ${where} reads connectionString from the variable "DATABASE", which the workload does not have; add it to env, or name one that is there`,
      ],
    ],
    [
      "no time between start and end",
      Trigger.cron({ ...cron, end: cron.start }),
      [`trigger/invalid: ${where}.end "0 8 * * *" is not possible; let it end at another time than it starts`],
    ],
    [
      "words for schedules",
      Trigger.cron({ ...cron, start: "@daily" }),
      [`trigger/invalid: ${where}.start "@daily" is not possible; write all five fields, as in "0 6 * * 1-5"`],
    ],
    [
      "a time zone that there is not",
      Trigger.cron({ ...cron, timeZone: "Berlin" }),
      [`schedule/time-zone: ${where}.timeZone "Berlin" is no time zone; did you mean "Europe/Berlin"?`],
    ],
    [
      "no pods at all",
      Trigger.cron({ ...cron, replicas: 0 }),
      [`trigger/invalid: ${where}.replicas 0 is not possible; use a whole number from 1`],
    ],
    [
      "parts of messages, where KEDA counts whole ones",
      Trigger.sqs({ queueUrl: "q", region: "r", perReplica: 1.5 }),
      [`trigger/invalid: ${where}.perReplica 1.5 is not possible; use a whole number from 1`],
    ],
    [
      "nothing for each pod",
      Trigger.prometheus({ server: "s", query: "q", perReplica: 0 }),
      [`trigger/invalid: ${where}.perReplica 0 is not possible; use a number above zero`],
    ],
    [
      "empty texts, each of which is said",
      Trigger.kafka({ bootstrapServers: [""], consumerGroup: "", topic: "", perReplica: 1 }),
      ["bootstrapServers", "consumerGroup", "topic"].map(
        (name) => `trigger/invalid: ${where}.${name} is not said; say it`,
      ),
    ],
    [
      "a database below zero",
      Trigger.redisList({ address: "a", list: "l", perReplica: 1, database: -1 }),
      [`trigger/invalid: ${where}.database -1 is not possible; use a whole number from 0`],
    ],
    [
      "what nobody reads",
      Trigger.rabbitMq({ hostFromEnv: "URL", queue: "q", perReplica: 1, mode: "MessageRate" } as never),
      [
        `props/unknown: unknown property "${where}.mode"; known are "authentication", "hostFromEnv", "perReplica", "protocol", "queue", "vhost"`,
      ],
    ],
  ])("cannot be %s", async (_, trigger, findings) => {
    expect(await findingsOf(trigger)).toEqual(findings);
  });

  test("may read variables that connections give, and those of whole Secrets", async () => {
    const port = Trigger.of("x", { portFromEnv: "PORT" }); // WebService's own
    expect(await findingsOf(port)).toEqual([]);
    const replicas: Scaling = { min: 0, max: 1, triggers: { it: Trigger.of("x", { hostFromEnv: "HOST" }) } };
    const whole = await inCluster({ envFrom: [{ secret: "queue" }], replicas });
    expect(rulesOf(whole.findings)).not.toContain("trigger/variable");
  });
});
