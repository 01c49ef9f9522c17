import {
  type DisruptionBudget,
  type Rollout,
  type Scaling,
  type Tenant,
  Trigger,
  WebService,
  type Weekday,
  Worker,
} from "flagstone";
import { describe, test } from "vitest";

declare const shop: Tenant;
const image = "registry.acme.example/web:1";

describe("a rollout", () => {
  test("says how it goes, and what only rolling ones have only there", () => {
    const rolling: Rollout = { strategy: "rolling", maxSurge: "50%", maxUnavailable: 1, minReady: "10s", history: 3 };
    const recreate: Rollout = { strategy: "recreate", minReady: "10s", deadline: "5m" };
    new WebService(shop, "a", { image, rollout: rolling });
    new Worker(shop, "b", { image, rollout: recreate });
    // @ts-expect-error all pods end at once
    new Worker(shop, "c", { image, rollout: { strategy: "recreate", maxSurge: 1 } });
    // @ts-expect-error there is no such strategy
    new Worker(shop, "d", { image, rollout: { strategy: "canary" } });
    // @ts-expect-error a bare number has no unit
    new Worker(shop, "e", { image, rollout: { strategy: "rolling", minReady: 10 } });
    // @ts-expect-error neither a number nor a share
    new Worker(shop, "f", { image, rollout: { strategy: "rolling", maxSurge: "one" } });
  });
});

describe("a disruption budget", () => {
  test("is said in one way", () => {
    const budget: DisruptionBudget = { minAvailable: "50%" };
    new WebService(shop, "a", { image, disruptionBudget: budget });
    // @ts-expect-error one of the two
    new WebService(shop, "b", { image, disruptionBudget: { minAvailable: 1, maxUnavailable: 1 } });
    // @ts-expect-error one of the two
    new WebService(shop, "c", { image, disruptionBudget: {} });
    // @ts-expect-error false makes none; true means nothing
    new WebService(shop, "d", { image, disruptionBudget: true });
  });
});

describe("a range of replicas", () => {
  test("has both ends", () => {
    // @ts-expect-error there is no upper end
    new WebService(shop, "a", { image, replicas: { min: 1 } });
    // @ts-expect-error there is no lower end
    new WebService(shop, "b", { image, replicas: { max: 2 } });
  });

  test("has metrics of two kinds, of which one has labels", () => {
    const range: Scaling = {
      min: 1,
      max: 2,
      metrics: {
        busy: { kind: "pods", average: "500m" },
        depth: { kind: "external", average: 30, selector: { queue: "orders" } },
      },
    };
    new WebService(shop, "a", { image, replicas: range });
    const metrics = { a: { kind: "pods", average: 1, selector: { queue: "orders" } } } as const;
    // @ts-expect-error pods are the workload's own
    new WebService(shop, "b", { image, replicas: { min: 1, max: 2, metrics } });
    // @ts-expect-error there is no such kind
    new WebService(shop, "c", { image, replicas: { min: 1, max: 2, metrics: { a: { kind: "object", average: 1 } } } });
    // @ts-expect-error a quantity is a number, or thousandths
    new WebService(shop, "d", { image, replicas: { min: 1, max: 2, metrics: { a: { kind: "pods", average: "1k" } } } });
  });

  test("has triggers, which factories make", () => {
    const triggers = { lunch: Trigger.cron({ start: "0 11 * * *", end: "0 14 * * *", replicas: 3 }) };
    new Worker(shop, "a", { image, replicas: { min: 0, max: 5, triggers } });
    // @ts-expect-error not one that a factory made
    new Worker(shop, "b", { image, replicas: { min: 0, max: 5, triggers: { lunch: { type: "cron", metadata: {} } } } });
    // @ts-expect-error whatever becomes a named thing is a record
    new Worker(shop, "c", { image, replicas: { min: 0, max: 5, triggers: [triggers.lunch] } });
  });
});

describe("waking hours", () => {
  test("are times of days that there are", () => {
    new Worker(shop, "a", { image, awake: { from: "07:00", to: "20:00", days: ["sat", "sun"] } });
    // @ts-expect-error not a time
    new Worker(shop, "b", { image, awake: { from: "7am", to: "20:00" } });
    // @ts-expect-error not a day of the week
    new Worker(shop, "c", { image, awake: { from: "07:00", to: "20:00", days: ["monday"] } });
    const days: readonly Weekday[] = ["mon"];
    new Worker(shop, "d", { image, awake: { from: "07:00", to: "20:00", days } });
    new Worker(shop, "d", { image, awake: false });
    // @ts-expect-error true says no hours
    new Worker(shop, "d", { image, awake: true });
    // @ts-expect-error they end at some time
    new Worker(shop, "e", { image, awake: { from: "07:00" } });
  });
});

describe("triggers", () => {
  test("have what KEDA asks for", () => {
    // @ts-expect-error how many pods?
    Trigger.cron({ start: "0 11 * * *", end: "0 14 * * *" });
    // @ts-expect-error where is the queue?
    Trigger.rabbitMq({ queue: "orders", perReplica: 5 });
    // @ts-expect-error how much for each pod?
    Trigger.rabbitMq({ queue: "orders", hostFromEnv: "AMQP_URL" });
    // @ts-expect-error in which region?
    Trigger.sqs({ queueUrl: "https://sqs/q", perReplica: 5 });
    // @ts-expect-error which group reads it?
    Trigger.kafka({ bootstrapServers: ["a:9092"], topic: "t", perReplica: 5 });
    // @ts-expect-error not one broker
    Trigger.kafka({ bootstrapServers: [], consumerGroup: "g", topic: "t", perReplica: 5 });
    // @ts-expect-error what is asked?
    Trigger.prometheus({ server: "http://prometheus:9090", perReplica: 5 });
    // @ts-expect-error settings of KEDA are strings
    Trigger.of("mysql", { queryValue: 5 });
  });

  test("say one thing once", () => {
    const queue = { region: "eu-central-1", perReplica: 5 };
    // @ts-expect-error there is one address
    Trigger.sqs({ ...queue, queueUrl: "https://sqs/q", queueUrlFromEnv: "QUEUE" });
    // @ts-expect-error a key has two halves
    Trigger.sqs({ ...queue, queueUrl: "https://sqs/q", accessKeyIdFromEnv: "KEY" });
    // @ts-expect-error a key or an identity
    Trigger.sqs({
      ...queue,
      queueUrl: "q",
      accessKeyIdFromEnv: "K",
      secretAccessKeyFromEnv: "S",
      authentication: { name: "a" },
    });
    // @ts-expect-error there is one address
    Trigger.redisList({ address: "a:1", addressFromEnv: "A", list: "l", perReplica: 1 });
  });

  test("take secrets by the names of variables only", () => {
    // @ts-expect-error a password has no place in an object that everybody reads
    Trigger.redisList({ address: "a:1", list: "l", perReplica: 1, password: "hunter2" });
    // @ts-expect-error nor has an address with one inside
    Trigger.rabbitMq({ host: "amqp://user:hunter2@mq", queue: "q", perReplica: 1 });
    // @ts-expect-error SASL needs somebody to be
    Trigger.kafka({ bootstrapServers: ["a:1"], consumerGroup: "g", topic: "t", perReplica: 1, sasl: "plaintext" });
  });
});

describe("a worker", () => {
  test("has what a web service has, but nobody calls it", () => {
    new Worker(shop, "a", { image, ports: { metrics: { port: 9090 } }, health: { exec: ["/healthy"] } });
    // @ts-expect-error it has no way in
    new Worker(shop, "b", { image, endpoints: { http: { port: 8080 } } });
    // @ts-expect-error so it has no Service to transform
    new Worker(shop, "c", { image, transform: { service: {} } });
    // @ts-expect-error nobody sees its ports
    new Worker(shop, "d", { image, ports: { metrics: { port: 9090, visibility: "tenant" } } });
    // @ts-expect-error and nobody connects to it
    new WebService(shop, "e", { image, connections: { worker: new Worker(shop, "f", { image }) } });
  });
});
